import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';

import type { BrowserId } from '../../browser/browser-id.ts';
import { assertOwnForm, CSRF_FIELD } from '../../browser/csrf.ts';
import type { AppEnv } from '../../context.ts';
import { type Parameters, readForm } from '../../oauth/parameters.ts';
import { PageError } from '../errors/page-error.ts';

export type OwnForm = { readonly form: Parameters; readonly browser: BrowserId };

const MAX_FORM_BYTES = 8_192;

/** Goes before every route that takes a form. */
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
export async function readOwnForm(c: Context<AppEnv>): Promise<OwnForm> {
  const form = await readForm(c.req.raw);
  return { form, browser: await assertOwnForm(c, form.get(CSRF_FIELD)) };
}
