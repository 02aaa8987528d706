import type { Context } from 'hono';
import type { AppEnv } from '../../context.ts';
import type { AuthorizationRequest } from '../../oauth/authorize/authorization-request.ts';
import { requestServices } from '../../../kit/request.ts';
import { ensureBrowserId } from '../../sessions/browser-id.ts';
import { faultEvent } from '../../social/fault.ts';
import { beginSignIn, findProvider } from '../../social/flow/begin-sign-in.ts';
import { isLinkToken } from '../../social/identities/link-token.ts';
import type { Provider } from '../../social/providers/provider.ts';
import { findOptionalInteraction } from '../kit/interaction.ts';
import { PageError } from '../kit/page-error.ts';
import { findViewer } from '../kit/viewer.ts';
import { noticePath } from '../sign-in/provider-links.tsx';

/** `GET /sign-in/:provider?interaction=` */
export async function beginOnPage(c: Context<AppEnv>): Promise<Response> {
  const services = requestServices(c);
  const provider = findProvider(c.req.param('provider') ?? '', services);
  const browser = await ensureBrowserId(c);
  const waiting = await findOptionalInteraction(c, c.req.query('interaction'), browser);
  const interaction = waiting?.interaction.id ?? null;
  const purpose = { kind: 'page', interaction } as const;
  const more = waiting === undefined ? {} : passedOn(provider, waiting.interaction.request);
  const begun = await beginSignIn(provider, { browser, purpose, more }, services);
  if (begun.ok) return c.redirect(begun.value.url, 303);
  services.log(faultEvent(provider.id, begun.error));
  return c.redirect(noticePath('unavailable', provider.id, interaction), 303);
}

/** `GET /account/link/:provider?token=`: only by a link of our own account page. */
export async function beginLink(c: Context<AppEnv>): Promise<Response> {
  const services = requestServices(c);
  const provider = findProvider(c.req.param('provider') ?? '', services);
  const viewer = await findViewer(c);
  if (viewer === undefined) return c.redirect('/sign-in', 303);
  const browser = await ensureBrowserId(c);
  const { id: accountId } = viewer.account;
  const offer = { provider: provider.id, accountId, browser };
  if (!(await isLinkToken(c.req.query('token') ?? '', offer, services))) {
    throw new PageError('form_foreign');
  }
  const purpose = { kind: 'link', accountId } as const;
  const begun = await beginSignIn(provider, { browser, purpose, more: {} }, services);
  if (begun.ok) return c.redirect(begun.value.url, 303);
  services.log(faultEvent(provider.id, begun.error));
  return c.redirect('/account?problem=unavailable', 303);
}

/**
 * What the waiting client asked of us is ours to ask of the provider (OpenID Connect Core §3.1.2.1):
 * a fresh sign-in here is one there. Not by `prompt`, of which providers refuse values.
 */
function passedOn(
  { kind }: Provider,
  { prompts, maxAge, loginHint }: AuthorizationRequest,
): Readonly<Record<string, string>> {
  if (kind !== 'oidc') return {};
  return {
    ...(prompts.includes('login') || maxAge !== null ? { max_age: '0' } : {}),
    ...(loginHint === null ? {} : { login_hint: loginHint }),
  };
}
