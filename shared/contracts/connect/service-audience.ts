/**
 * Which audience a registered service may have: the `aud` of the tokens that it is called with.
 *
 * A token must be good nowhere but at the service that it was made for (RFC 8725 §3.9), so an audience
 * belongs to one service, and is the name of nothing else.
 *
 * @module
 */

import type { ServiceRegistration } from './registry-rpc.ts';

/** The audience of a service that names none. It is unique, because names of services are. */
export const madeAudience = (name: string): string => `urn:sallyport:service:${name}`;

/** Two audiences with the same key are one: some readers drop a slash at the end, and some add it. */
export const audienceKey = (audience: string): string => audience.replace(/\/+$/, '');

/**
 * Whether an audience cannot be anybody else's: it is made by us, or a URL under the origin at which the
 * service is called, spelled as URL parsers spell it.
 */
export function isOwnAudience({
  name,
  baseUrl,
  audience,
}: Pick<ServiceRegistration, 'name' | 'baseUrl' | 'audience'>): boolean {
  if (audience === madeAudience(name)) return true;
  const url = URL.parse(audience);
  if (url === null || url.origin !== URL.parse(baseUrl)?.origin) return false;
  const isPlain = url.username === '' && url.password === '' && !audience.includes('#');
  return isPlain && (url.href === audience || url.href === `${audience}/`);
}
