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
 * The request that a reverse proxy asks about, as it tells it in `x-forwarded-*`: the proxy must set
 * all of them itself. `undefined` where it tells none.
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
