/**
 * Which redirect URI a request means.
 *
 * Compared character by character: whatever a URL parser would make equal, such as another case,
 * dot segments, an encoded letter or user information, is another URI here (RFC 9700 §2.1, §4.1.3).
 *
 * @module
 */

import { err, ok, type Result } from '../../../../shared/result.ts';

export type RedirectUriError = 'missing' | 'not_registered';

/**
 * @param presented - The request's `redirect_uri`. May be left out where exactly one is registered
 *   (RFC 6749 §3.1.2.3), unless it is required.
 */
export function chooseRedirectUri(
  registered: readonly string[],
  presented: string | undefined,
  isRequired: boolean,
): Result<string, RedirectUriError> {
  if (presented === undefined) {
    const [only] = registered;
    const mayBeLeftOut = registered.length === 1 && !isRequired;
    return mayBeLeftOut && only !== undefined ? ok(only) : err('missing');
  }
  return isRedirectUriOf(registered, presented) ? ok(presented) : err('not_registered');
}

/** Whether a URI is one of these: a client may have lost it while its request waited (RFC 9126 §7.4). */
export const isRedirectUriOf = (registered: readonly string[], uri: string): boolean =>
  registered.includes(uri) || isLoopbackOf(registered, uri);

/** An HTTP URI of this machine: what goes before the port, the port, and what goes after it. */
const LOOPBACK = /^(http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost))(?::([1-9]\d{0,4}))?([/?][^#]*)?$/;

/** Native apps listen on whatever port is free (RFC 8252 §7.3, §8.3): any port is the same. */
function isLoopbackOf(registered: readonly string[], presented: string): boolean {
  const asked = withoutPort(presented);
  return asked !== undefined && registered.some((uri) => withoutPort(uri) === asked);
}

function withoutPort(uri: string): string | undefined {
  const match = LOOPBACK.exec(uri);
  if (match === null || Number(match[2] ?? 0) > 65_535) return undefined;
  return `${match[1]}${match[3] ?? ''}`;
}

/** Whether a URI leads to this machine over HTTP. */
export const isLoopback = (uri: string): boolean => withoutPort(uri) !== undefined;
