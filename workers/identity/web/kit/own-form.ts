import { bodyLimit } from 'hono/body-limit';
import { equalBytes, sha256, toBase64Url, utf8 } from '../../../../shared/bytes.ts';
import { Problem } from '../../../../shared/http/problem.ts';
import type { RequestContext } from '../../../kit/request.ts';
import { type Parameters, readForm } from '../../platform/parameters.ts';
import { type BrowserId, readBrowserId } from '../../sessions/browser-id.ts';
import { PageError } from './page-error.ts';

export type OwnFormNeeds = { readonly config: { readonly issuer: string } };

export type OwnForm = { readonly form: Parameters; readonly browser: BrowserId };

const MAX_FORM_BYTES = 8_192;

/** The middleware of every route that takes a form. */
export const limitForm = bodyLimit({
  maxSize: MAX_FORM_BYTES,
  onError: () => {
    throw new PageError('form_too_large');
  },
});

/**
 * Reads a form that was sent from our own page, in this browser.
 *
 * @throws {Problem} `AUTHZ_DENIED` if another site may have sent it.
 * @throws {OAuthError} If it is no form, or has a field twice.
 */
export async function readOwnForm(c: RequestContext<OwnFormNeeds>): Promise<OwnForm> {
  const form = await readForm(c.req.raw);
  return { form, browser: await assertOwnForm(c, form.get(CSRF_FIELD)) };
}

/** The name of the hidden field in every form. */
export const CSRF_FIELD = 'csrf_token';

/** What a form must carry. It is derived from the browser's cookie, which no other site can read. */
export const csrfToken = async ({ secret }: BrowserId): Promise<string> =>
  toBase64Url(await sha256(utf8(`csrf ${secret}`)));

/**
 * Refuses a form that another site may have sent: it carries the browser's token, and where the
 * browser says which site sends it, that is ours.
 *
 * @throws {Problem} `AUTHZ_DENIED`
 */
export async function assertOwnForm(
  c: RequestContext<OwnFormNeeds>,
  presented: string | undefined,
): Promise<BrowserId> {
  const browser = await readBrowserId(c);
  if (browser === undefined || isForeign(c)) throw refusal();
  const expected = await csrfToken(browser);
  if (!equalBytes(utf8(presented ?? ''), utf8(expected))) throw refusal();
  return browser;
}

/** Where a privacy setting hides the `Origin`, which is `null` then, the token alone decides. */
function isForeign(c: RequestContext<OwnFormNeeds>): boolean {
  const { issuer } = c.var.services.config;
  const origin = c.req.header('origin') ?? 'null';
  const site = c.req.header('sec-fetch-site');
  return (
    (origin !== 'null' && origin !== new URL(issuer).origin) ||
    (site !== undefined && site !== 'same-origin' && site !== 'none')
  );
}

const refusal = () =>
  new Problem('AUTHZ_DENIED', {
    detail: 'This form was not sent from our own page in this browser',
  });
