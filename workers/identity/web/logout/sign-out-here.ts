import type { RequestContext } from '../../../kit/request.ts';
import type { AfterLogout } from '../../oauth/logout/logout-request.ts';
import { type SignOutNeeds, signOut } from '../../oauth/logout/sign-out.ts';
import { type BrowserSession, forgetBrowserSession } from '../../sessions/browser-session.ts';
import type { RenderPageNeeds } from '../kit/layout.tsx';
import { showSigningOut } from './logout-pages.tsx';

export type SignOutHereNeeds = SignOutNeeds & RenderPageNeeds;

/**
 * Signs out the user of this browser, and redirects it. Where clients want to learn of it in the browser
 * (OpenID Connect Front-Channel Logout §2), a page that loads theirs comes first.
 *
 * @param session - `undefined`: nobody is signed in.
 * @throws {Problem} `SERVICE_UNAVAILABLE` if the session may live on.
 */
export async function signOutHere(
  c: RequestContext<SignOutHereNeeds>,
  session: BrowserSession | undefined,
  after?: AfterLogout,
): Promise<Response> {
  const frames = session === undefined ? [] : await signOut(session, c.var.services);
  forgetBrowserSession(c);
  if (frames.length > 0) return showSigningOut(c, frames, after);
  return c.redirect(after?.redirectTo ?? '/signed-out', 303);
}
