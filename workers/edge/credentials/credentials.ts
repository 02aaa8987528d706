/** How a request presents its access token: RFC 6750 §2.1, RFC 9449 §7.1. */
export type Credentials = {
  readonly scheme: 'Bearer' | 'DPoP';
  readonly token: string;
};

/** `scheme 1*SP token68` (RFC 9110 §11.4); the scheme's case does not matter. */
const CREDENTIALS = /^(?:bearer|(dpop)) +(\S+) *$/i;

/** Reads the access token. `undefined` where there is none, or another scheme. */
export function readCredentials(authorization: string | null): Credentials | undefined {
  const match = authorization === null ? null : CREDENTIALS.exec(authorization);
  const token = match?.[2];
  if (token === undefined) return undefined;
  return { scheme: match?.[1] === undefined ? 'Bearer' : 'DPoP', token };
}

/** What a DPoP proof must name: `htm` and `htu` (RFC 9449 §4.2). */
export type Target = { readonly method: string; readonly url: string };

/** The request itself, at the issuer's address: a client can put anything into `Host`. */
export const ownTarget =
  (issuer: string) =>
  ({ method, url }: Request): Target => ({
    method,
    url: new URL(issuer).origin + new URL(url).pathname,
  });

/**
 * The request that a reverse proxy asks about, from its `x-forwarded-*` headers, all of which the proxy
 * must set itself. `undefined` where there are none.
 */
export function forwardedTarget({ method, headers }: Request): Target | undefined {
  const host = headers.get('x-forwarded-host');
  const uri = headers.get('x-forwarded-uri');
  if (host === null || uri?.startsWith('/') !== true) return undefined;
  const scheme = headers.get('x-forwarded-proto') ?? 'https';
  return {
    method: headers.get('x-forwarded-method') ?? method,
    url: `${scheme}://${host}${uri}`,
  };
}
