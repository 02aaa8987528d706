import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';
import { sha256, toBase64Url, utf8 } from '../../../shared/bytes.ts';
import type { AppEnv } from '../context.ts';

const COOKIE = 'sallyport-browser';
const SHAPE = /^[A-Za-z0-9_-]{43}$/;

/** Which browser this is, from a random cookie. What is stored is the hash. */
export type BrowserId = {
  /** The cookie's value: a secret of the browser and ours. */
  readonly secret: string;
  readonly hash: string;
};

/** @returns `undefined`: the browser has not been here, or keeps no cookies. */
export async function readBrowserId(c: Context<AppEnv>): Promise<BrowserId | undefined> {
  const secret = readCookie(c, COOKIE);
  return secret === undefined || !SHAPE.test(secret) ? undefined : browserId(secret);
}

/** Gives the browser an id, if it has none. Call it once for each response. */
export async function ensureBrowserId(c: Context<AppEnv>): Promise<BrowserId> {
  const known = await readBrowserId(c);
  if (known !== undefined) return known;
  const secret = toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
  writeCookie(c, COOKIE, secret);
  return browserId(secret);
}

const browserId = async (secret: string): Promise<BrowserId> => ({
  secret,
  hash: toBase64Url(await sha256(utf8(`browser ${secret}`))),
});

/**
 * `__Host-`: for this host alone, whole, over TLS only (RFC 6265bis §4.1.3.2). Browsers count
 * loopback addresses as secure.
 */
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Lax';

export const readCookie = (c: Context<AppEnv>, name: string): string | undefined =>
  getCookie(c, `__Host-${name}`);

/** @param maxAge - Seconds. Absent: until the browser closes. */
export function writeCookie(
  c: Context<AppEnv>,
  name: string,
  value: string,
  maxAge?: number,
): void {
  const life = maxAge === undefined ? '' : `; Max-Age=${maxAge}`;
  c.header('set-cookie', `__Host-${name}=${value}; ${ATTRIBUTES}${life}`, { append: true });
}

export const dropCookie = (c: Context<AppEnv>, name: string): void => writeCookie(c, name, '', 0);
