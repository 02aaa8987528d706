import type { RequestContext } from '../../../kit/request.ts';
import type { AuthorizationRequest } from '../../oauth/authorize/authorization-request.ts';
import { ensureBrowserId } from '../../sessions/browser-id.ts';
import { faultEvent } from '../../social/fault.ts';
import {
  type BeginSignInNeeds,
  beginSignIn,
  type FindProviderNeeds,
  findProvider,
} from '../../social/flow/begin-sign-in.ts';
import { isLinkToken, type LinkTokenNeeds } from '../../social/identities/link-token.ts';
import type { Provider } from '../../social/providers/provider.ts';
import { findOptionalInteraction, type PendingInteractionNeeds } from '../kit/interaction.ts';
import { PageError } from '../kit/page-error.ts';
import { findViewer, type ViewerNeeds } from '../kit/viewer.ts';
import { noticePath } from '../sign-in/social-notice.ts';

export type BeginOnPageNeeds = FindProviderNeeds & PendingInteractionNeeds & BeginSignInNeeds;

/** `GET /sign-in/:provider?interaction=` */
export async function beginOnPage(c: RequestContext<BeginOnPageNeeds>): Promise<Response> {
  const { services, log } = c.var;
  const provider = findProvider(c.req.param('provider') ?? '', services);
  const browser = await ensureBrowserId(c);
  const waiting = await findOptionalInteraction(c, c.req.query('interaction'), browser);
  const interaction = waiting?.interaction.id ?? null;
  const purpose = { kind: 'page', interaction } as const;
  const more = waiting === undefined ? {} : passedOn(provider, waiting.interaction.request);
  const begun = await beginSignIn(provider, { browser, purpose, more }, services);
  if (begun.ok) return c.redirect(begun.value.url, 303);
  log(faultEvent(provider.id, begun.error));
  return c.redirect(noticePath('unavailable', provider.id, interaction), 303);
}

export type BeginLinkNeeds = FindProviderNeeds & ViewerNeeds & LinkTokenNeeds & BeginSignInNeeds;

/** `GET /account/link/:provider?token=`: only by a link of our own account page. */
export async function beginLink(c: RequestContext<BeginLinkNeeds>): Promise<Response> {
  const { services, log } = c.var;
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
  log(faultEvent(provider.id, begun.error));
  return c.redirect('/account?problem=unavailable', 303);
}

/**
 * What the waiting client asked of us, we ask of the provider (OpenID Connect Core §3.1.2.1): where the
 * client wants a fresh sign-in here, so do we there. Not by `prompt`, because providers refuse values of
 * it.
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
