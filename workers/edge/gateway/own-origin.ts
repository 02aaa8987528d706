import { LOOPBACK_HOSTS } from '../../../shared/http/loopback.ts';

/**
 * Where a page is that was asked for by another name of this machine. A browser keeps cookies by name, and
 * forms are taken from the issuer's origin alone, so under the other name no form would work.
 *
 * Only an issuer on http that is this machine has such pages. Where the browser is sent is the issuer's
 * origin, whatever the request says.
 *
 * @returns `undefined` for every other request.
 */
export function ownOriginRedirect(
  issuer: URL,
  { method }: Request,
  url: URL,
): Response | undefined {
  const isHere =
    url.host === issuer.host ||
    issuer.protocol !== 'http:' ||
    url.port !== issuer.port ||
    !LOOPBACK_HOSTS.has(url.hostname);
  if (isHere || (method !== 'GET' && method !== 'HEAD')) return undefined;
  const location = issuer.origin + url.pathname + url.search;
  return new Response(null, { status: 307, headers: { location } });
}
