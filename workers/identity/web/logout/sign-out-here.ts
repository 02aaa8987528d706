import type { Context } from 'hono';
import type { AppEnv } from '../../context.ts';
import type { AfterLogout } from '../../oauth/logout/logout-request.ts';
import { signOut } from '../../oauth/logout/sign-out.ts';
import { type BrowserSession, forgetBrowserSession } from '../../sessions/browser-session.ts';
import { showSigningOut } from './logout-pages.tsx';

/**
 * Signs out whoever is signed in in this browser, and sends it on: over a page that tells clients,
 * where some want to be told in the browser (OpenID Connect Front-Channel Logout §2).
 *
 * @param session - `undefined`: nobody is signed in.
 * @throws {Problem} `SERVICE_UNAVAILABLE` if the session may live on.
 */
export async function signOutHere(
  c: Context<AppEnv>,
  session: BrowserSession | undefined,
  after?: AfterLogout,
): Promise<Response> {
  const frames = session === undefined ? [] : await signOut(session, c.var.services);
  forgetBrowserSession(c);
  if (frames.length > 0) return showSigningOut(c, frames, after);
  return c.redirect(after?.redirectTo ?? '/signed-out', 303);
}
