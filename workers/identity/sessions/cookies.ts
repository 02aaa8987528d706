/**
 * The cookies of our pages: for all paths of this host only, over TLS only, and out of reach of scripts.
 *
 * @module
 */

import { parse } from 'hono/utils/cookie';

import type { RequestContext } from '../../kit/request.ts';
import { isIssuerUrl } from '../platform/issuer-url.ts';

export type CookieNeeds = { readonly config: { readonly issuer: string } };

/** A name's prefix, and what the prefix demands (RFC 6265bis §4.1.3.2). */
type CookieForm = { readonly prefix: string; readonly attributes: string };

const SECURE: CookieForm = {
  prefix: '__Host-',
  attributes: 'Path=/; Secure; HttpOnly; SameSite=Lax',
};

/**
 * Safari and the cookie jars of most programs send no `Secure` cookie over http, not even to this machine,
 * and then no form of ours could be sent.
 */
const ON_THIS_MACHINE: CookieForm = { prefix: '', attributes: 'Path=/; HttpOnly; SameSite=Lax' };

/**
 * By the issuer, which no request can change.
 *
 * @throws {TypeError} For an issuer on http that is not this machine.
 */
export function cookieForm(issuer: string): CookieForm {
  if (new URL(issuer).protocol === 'https:') return SECURE;
  if (isIssuerUrl(issuer)) return ON_THIS_MACHINE;
  throw new TypeError('Cannot set cookies: the issuer is neither https nor this machine');
}

const formOf = (c: RequestContext<CookieNeeds>): CookieForm =>
  cookieForm(c.var.services.config.issuer);

export function readCookie(c: RequestContext<CookieNeeds>, name: string): string | undefined {
  const { prefix } = formOf(c);
  const cookies = parse(c.req.header('cookie') ?? '');
  // Browsers on this machine may still have the cookies of the version before, which were all secure.
  return cookies[prefix + name] ?? cookies[SECURE.prefix + name];
}

/** @param maxAge - Seconds. Left out: until the browser closes. */
export function writeCookie(
  c: RequestContext<CookieNeeds>,
  name: string,
  value: string,
  maxAge?: number,
): void {
  const { prefix, attributes } = formOf(c);
  const life = maxAge === undefined ? '' : `; Max-Age=${maxAge}`;
  c.header('set-cookie', `${prefix}${name}=${value}; ${attributes}${life}`, { append: true });
}

export const dropCookie = (c: RequestContext<CookieNeeds>, name: string): void =>
  writeCookie(c, name, '', 0);
