import type { RequestContext } from '../../../kit/request.ts';
import type { AfterLogout } from '../../oauth/logout/logout-request.ts';
import { type SignOutNeeds, signOut } from '../../oauth/logout/sign-out.ts';
import { type BrowserSession, forgetBrowserSession } from '../../sessions/browser-session.ts';
import type { RenderPageNeeds } from '../kit/layout.tsx';
import { goOn } from '../respond/going-on.tsx';
import { showSigningOut } from './logout-pages.tsx';

export type SignOutHereNeeds = SignOutNeeds & RenderPageNeeds;

export type SigningOut = {
  /** `undefined`: nobody is signed in. */
  readonly session: BrowserSession | undefined;
  /** Where the browser goes on to, unless it stays with us. */
  readonly after?: AfterLogout | undefined;
  /** Whether a form of a page of ours has brought the browser here. */
  readonly isAfterForm: boolean;
};

/**
 * Signs out the user of this browser, and redirects it. Where clients want to learn of it in the browser
 * (OpenID Connect Front-Channel Logout §2), a page that loads theirs comes first.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` if the session may live on.
 */
export async function signOutHere(
  c: RequestContext<SignOutHereNeeds>,
  { session, after, isAfterForm }: SigningOut,
): Promise<Response> {
  const frames = session === undefined ? [] : await signOut(session, c.var.services);
  forgetBrowserSession(c);
  if (frames.length > 0) return showSigningOut(c, frames, after);
  if (after !== undefined && isAfterForm) return goOn(c, after.redirectTo);
  return c.redirect(after?.redirectTo ?? '/signed-out', 303);
}
