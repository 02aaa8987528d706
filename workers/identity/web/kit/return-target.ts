/**
 * Where a browser comes back to once somebody has signed in in it, if no client waits for that.
 *
 * Kept in a cookie, which every way of signing in finds and no link can set. It names one of a few
 * pages of ours, and never another site (RFC 9700 §4.11).
 *
 * @module
 */

import type { Context } from 'hono';
import type { AppEnv } from '../../context.ts';
import { dropCookie, readCookie, writeCookie } from '../../sessions/browser-id.ts';

const COOKIE = 'sallyport-return';
/** As long as a user may take who signs in for a client. */
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
export function signInFirst(c: Context<AppEnv>, path: string): Response {
  keepTarget(c, path);
  return c.redirect('/sign-in', 303);
}

/** As {@link signInFirst}, where somebody is signed in who must prove it again. */
export function signInAgain(c: Context<AppEnv>, path: string): Response {
  keepTarget(c, path);
  return c.redirect('/sign-in?account=other', 303);
}

function keepTarget(c: Context<AppEnv>, path: string): void {
  if (!isTarget(path)) throw new TypeError('Cannot come back: the page is none of those known');
  writeCookie(c, COOKIE, encodeURIComponent(path), SECONDS);
}

/** @returns `undefined`: the browser was sent from nowhere. */
export function takeReturnTarget(c: Context<AppEnv>): string | undefined {
  const path = readCookie(c, COOKIE);
  if (path === undefined) return undefined;
  dropCookie(c, COOKIE);
  return isTarget(path) ? path : undefined;
}
