/**
 * The page that a browser comes back to once somebody has signed in in it, if no client waits for
 * that.
 *
 * A cookie names it, which every way of signing in finds and no link can set. It is one of a few pages
 * of ours, and never another site (RFC 9700 §4.11).
 *
 * @module
 */

import type { RequestContext } from '../../../kit/request.ts';
import { type CookieNeeds, dropCookie, readCookie, writeCookie } from '../../sessions/cookies.ts';

const COOKIE = 'sallyport-return';
/** As long as a user may take to sign in for a client. */
const SECONDS = 1_800;

const TARGETS: readonly RegExp[] = [
  /^\/device(?:\?user_code=[A-Z]{4}-[A-Z]{4})?$/,
  /^\/connect\/inspector$/,
  /^\/account\/requests\/[A-Za-z0-9_-]{43}$/,
];

const isTarget = (path: string): boolean => TARGETS.some((target) => target.test(path));

/**
 * Sends the browser to sign in and then back.
 *
 * @throws {TypeError} If `path` is none of the pages to come back to.
 */
export function signInFirst(c: RequestContext<CookieNeeds>, path: string): Response {
  storeTarget(c, path);
  return c.redirect('/sign-in', 303);
}

/** Does the same where somebody is signed in who must prove it again. */
export function signInAgain(c: RequestContext<CookieNeeds>, path: string): Response {
  storeTarget(c, path);
  return c.redirect('/sign-in?account=other', 303);
}

function storeTarget(c: RequestContext<CookieNeeds>, path: string): void {
  if (!isTarget(path)) throw new TypeError('Cannot come back: the page is no return target');
  writeCookie(c, COOKIE, encodeURIComponent(path), SECONDS);
}

/** @returns `undefined` if no page has sent the browser to sign in. */
export function takeReturnTarget(c: RequestContext<CookieNeeds>): string | undefined {
  const path = readCookie(c, COOKIE);
  if (path === undefined) return undefined;
  dropCookie(c, COOKIE);
  return isTarget(path) ? path : undefined;
}
