import { MAX_URL_LENGTH } from '../../../../shared/http/safe-url.ts';
import type { Config } from '../../config.ts';

/** What every reader splits in the same way. A fragment is ours to add. */
const PLAIN = /^[\x21\x22\x24-\x5b\x5d-\x7e]+$/;
/** `//` would be a host. */
const PATH = /^\/(?!\/)/;

/**
 * Where the browser goes on to: a path of ours, or a page of an origin that may call us. Never
 * anywhere else (RFC 9700 §4.11).
 *
 * @returns `undefined` for anything else.
 */
export function returnUrl(
  text: string | undefined,
  { issuer, returnOrigins }: Pick<Config, 'issuer' | 'returnOrigins'>,
): string | undefined {
  if (text === undefined || text.length > MAX_URL_LENGTH || !PLAIN.test(text)) return undefined;
  const own = new URL(issuer).origin;
  const url = URL.parse(text, own);
  // `blob:https://…` has the origin that it names.
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  if (url.username !== '' || url.password !== '') return undefined;
  if (url.origin !== own) return returnOrigins.has(url.origin) ? url.href : undefined;
  const path = url.pathname + url.search;
  return PATH.test(path) ? path : undefined;
}
