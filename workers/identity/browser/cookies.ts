import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';

import type { AppEnv } from '../context.ts';

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
