import { sha256, toBase64Url, utf8 } from '../../../shared/bytes.ts';
import type { RequestContext } from '../../kit/request.ts';
import { type CookieNeeds, readCookie, writeCookie } from './cookies.ts';

const COOKIE = 'sallyport-browser';
const SHAPE = /^[A-Za-z0-9_-]{43}$/;

/** Tells one browser from another by a random cookie, of which only the hash is stored. */
export type BrowserId = {
  /** The cookie's value, which only the browser and we know. */
  readonly secret: string;
  readonly hash: string;
};

/** @returns `undefined` where the browser sends none: it was never given one, or keeps no cookies. */
export async function readBrowserId(
  c: RequestContext<CookieNeeds>,
): Promise<BrowserId | undefined> {
  const secret = readCookie(c, COOKIE);
  return secret === undefined || !SHAPE.test(secret) ? undefined : browserId(secret);
}

/** Gives the browser an id, if it has none. Call it once for each response. */
export async function ensureBrowserId(c: RequestContext<CookieNeeds>): Promise<BrowserId> {
  const present = await readBrowserId(c);
  if (present !== undefined) return present;
  const secret = toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
  writeCookie(c, COOKIE, secret);
  return browserId(secret);
}

const browserId = async (secret: string): Promise<BrowserId> => ({
  secret,
  hash: toBase64Url(await sha256(utf8(`browser ${secret}`))),
});
