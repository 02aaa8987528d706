import { Problem } from '../../../shared/http/problem.ts';

/**
 * An access token, and the scheme by which a request presents it (RFC 6750 §2.1, RFC 9449 §7.1).
 */
export type Credentials = {
  readonly scheme: 'Bearer' | 'DPoP';
  readonly token: string;
};

/** `scheme 1*SP token68` (RFC 9110 §11.4). The scheme may be in any case. */
const CREDENTIALS = /^(?:bearer|(dpop)) +(\S+) *$/i;

/** Reads the access token. Returns `undefined` if there is none, or it has another scheme. */
export function readCredentials(authorization: string | null): Credentials | undefined {
  const match = authorization === null ? null : CREDENTIALS.exec(authorization);
  const token = match?.[2];
  if (token === undefined) return undefined;
  return { scheme: match?.[1] === undefined ? 'Bearer' : 'DPoP', token };
}

/** The `htm` and `htu` that a DPoP proof must contain (RFC 9449 §4.2). */
export type Target = { readonly method: string; readonly url: string };

/**
 * The target is the request itself, at the issuer's address, because a client can send any `Host`.
 */
export const ownTarget =
  (issuer: string) =>
  ({ method, url }: Request): Target => ({
    method,
    url: new URL(issuer).origin + new URL(url).pathname,
  });

/**
 * The request that a reverse proxy asks about, from its `x-forwarded-*` or `x-original-*` headers, all
 * of which the proxy must set itself. `undefined` if there are none.
 *
 * A proxy sets one of the two kinds, and may pass the other on as a client sent it. So where both are
 * there, both must name the same request: otherwise the client would choose what its proof is for.
 *
 * @throws {Problem} `VALIDATION_ERROR`
 */
export function forwardedTarget({ method, headers }: Request): Target | undefined {
  const url = agreed('x-original-url', forwardedUrl(headers), headers.get('x-original-url'));
  if (url === undefined) return undefined;
  const [named, original] = [headers.get('x-forwarded-method'), headers.get('x-original-method')];
  return { method: agreed('x-original-method', named, original) ?? method, url };
}

function forwardedUrl(headers: Headers): string | null {
  const host = headers.get('x-forwarded-host');
  const uri = headers.get('x-forwarded-uri');
  if (host === null || uri?.startsWith('/') !== true) return null;
  return `${headers.get('x-forwarded-proto') ?? 'https'}://${host}${uri}`;
}

function agreed(path: string, one: string | null, other: string | null): string | undefined {
  if (one !== null && other !== null && one !== other) {
    const message = 'names another request than the x-forwarded-* headers';
    throw new Problem('VALIDATION_ERROR', { errors: [{ path, message }] });
  }
  return one ?? other ?? undefined;
}
