import { parse } from 'hono/utils/cookie';
import { sha256, toBase64Url, utf8 } from '../../../shared/bytes.ts';
import type { RequestContext } from '../../kit/request.ts';

const COOKIE = 'sallyport-browser';
const SHAPE = /^[A-Za-z0-9_-]{43}$/;

/** Tells one browser from another by a random cookie, of which only the hash is stored. */
export type BrowserId = {
  /** The cookie's value, which only the browser and we know. */
  readonly secret: string;
  readonly hash: string;
};

/** @returns `undefined` where the browser sends none: it was never given one, or keeps no cookies. */
export async function readBrowserId(c: RequestContext<unknown>): Promise<BrowserId | undefined> {
  const secret = readCookie(c, COOKIE);
  return secret === undefined || !SHAPE.test(secret) ? undefined : browserId(secret);
}

/** Gives the browser an id, if it has none. Call it once for each response. */
export async function ensureBrowserId(c: RequestContext<unknown>): Promise<BrowserId> {
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

/**
 * What the prefix `__Host-` demands (RFC 6265bis §4.1.3.2): the cookie is for all paths of this host only,
 * and over TLS. Browsers count loopback addresses as secure.
 */
const ATTRIBUTES = 'Path=/; Secure; HttpOnly; SameSite=Lax';

export const readCookie = (c: RequestContext<unknown>, name: string): string | undefined =>
  parse(c.req.header('cookie') ?? '', `__Host-${name}`)[`__Host-${name}`];

/** @param maxAge - Seconds. Left out: until the browser closes. */
export function writeCookie(
  c: RequestContext<unknown>,
  name: string,
  value: string,
  maxAge?: number,
): void {
  const life = maxAge === undefined ? '' : `; Max-Age=${maxAge}`;
  c.header('set-cookie', `__Host-${name}=${value}; ${ATTRIBUTES}${life}`, { append: true });
}

export const dropCookie = (c: RequestContext<unknown>, name: string): void =>
  writeCookie(c, name, '', 0);
