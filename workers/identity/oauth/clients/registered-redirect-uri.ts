/**
 * Judges redirect URIs when they are registered (RFC 6749 §3.1.2, RFC 8252 §7, RFC 9700 §2.1). An
 * authorization request's redirect URI is only compared with them.
 *
 * @module
 */

import { isLoopbackHost, MAX_URL_LENGTH } from '../../../../shared/http/safe-url.ts';

/** RFC 8252 §7.1: private-use schemes are reversed domain names, so they have a dot. */
const PRIVATE_USE_SCHEME = /^[a-z][a-z0-9+-]*(?:\.[a-z0-9+-]+)+:$/;
const PLAIN = /^[\x21-\x5b\x5d-\x7e]+$/;

/** @returns What is wrong with `text`, to be read after its name; `undefined` if nothing is. */
export function redirectUriFault(text: string): string | undefined {
  const url = URL.parse(text);
  if (text.length > MAX_URL_LENGTH) return 'is too long';
  if (!PLAIN.test(text)) return 'must be plain ASCII without spaces or backslashes';
  if (url === null) return 'must be an absolute URI (RFC 6749 §3.1.2)';
  if (text.includes('#')) return 'must not have a fragment (RFC 6749 §3.1.2)';
  if (text.includes('*')) return 'must not have a wildcard: it is compared exactly (RFC 9700 §2.1)';
  return schemeFault(url, text) ?? partsFault(url, text);
}

/**
 * `application_type` is not asked: many clients with a private-use scheme call themselves `web`, or
 * leave the member out, which means the same (OpenID Connect Registration §2).
 */
function schemeFault(url: URL, text: string): string | undefined {
  if (url.protocol === 'https:') return undefined;
  if (url.protocol === 'http:') {
    return isLoopbackHost(url.hostname) ? undefined : 'must use https, except on loopback';
  }
  if (!PRIVATE_USE_SCHEME.test(url.protocol)) {
    return 'must use https, or a private-use scheme with a dot (RFC 8252 §7.1)';
  }
  return text.startsWith(url.protocol) ? undefined : 'must spell its scheme in lower case';
}

/**
 * Leaves out what has a scheme that nobody can own, such as `myapp:` or `urn:` (RFC 8252 §7.1). Desktop
 * clients register one beside their other redirect URIs, which are as good without it.
 */
export const withoutUnownedSchemes = (uris: readonly unknown[]): readonly unknown[] =>
  uris.filter((uri) => typeof uri !== 'string' || !hasUnownedScheme(uri));

function hasUnownedScheme(text: string): boolean {
  const protocol = URL.parse(text)?.protocol ?? 'https:';
  return !/^https?:$/.test(protocol) && !PRIVATE_USE_SCHEME.test(protocol);
}

function partsFault(url: URL, text: string): string | undefined {
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:';
  if (isWeb && !/^https?:\/\/[^/?]/i.test(text)) return 'must have an authority';
  const authority = /^[^:]+:\/\/([^/?]*)/.exec(text)?.[1] ?? '';
  if (authority.includes('@')) return 'must not contain credentials';
  if (hasDotSegment(text)) return 'must not have dot segments (RFC 3986 §3.3)';
  return undefined;
}

/** Other readers resolve dot segments, plain or encoded, so the text would name two places. */
export function hasDotSegment(text: string): boolean {
  const [path = ''] = text.replace(/^[^:]+:(?:\/\/[^/?]*)?/, '').split(/[?#]/);
  return path.split('/').some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment));
}
