import { comparableUrl } from './comparable-url.ts';

/**
 * Spells a resource indicator or audience (RFC 8707 §2, RFC 7519 §4.1.3) so that equal ones are equal text:
 * an `http(s)` URL after the normalization of RFC 3986 §6.2.2 and §6.2.3, an origin without the slash at its
 * end. Everything else stays as it is.
 *
 * It is for comparing. Tokens carry the spelling of whoever registered the resource.
 */
export function resourceKey(resource: string): string {
  const url = comparableUrl(resource);
  if (url === undefined || resource.includes('#')) return resource;
  const query = /\?.*$/.exec(resource)?.[0] ?? '';
  const isOrigin = query === '' && url === `${URL.parse(url)?.origin}/`;
  return isOrigin ? url.slice(0, -1) : url + query;
}

/** Whether two indicators name one resource. */
export const isSameResource = (a: string, b: string): boolean =>
  a === b || resourceKey(a) === resourceKey(b);
