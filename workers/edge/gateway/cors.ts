/**
 * Cross-origin access. Three kinds of paths: what takes no cookies answers any origin, since
 * single-page apps live anywhere; what shows pages answers none; the rest answers the configured
 * origins, compared exactly, of which `null` is never one.
 *
 * @see [Fetch §3.3](https://fetch.spec.whatwg.org/#http-cors-protocol)
 * @module
 */

const ANY_ORIGIN =
  /^\/(?:\.well-known\/(?:jwks\.json|(?:openid-configuration|oauth-authorization-server|oauth-protected-resource)(?:\/.*)?)|oauth2\/(?:token|par|userinfo|revoke|introspect|device_authorization|bc-authorize|register(?:\/.*)?)|queue\/(?:request-access|status))$/;
const NO_ORIGIN =
  /^\/(?:(?:oauth2|sign-in|create-account|consent|device|account|signed-out|pages)(?:\/|$)|queue$)/;

type Policy = 'any' | 'none' | 'configured';

function policyOf(pathname: string): Policy {
  if (ANY_ORIGIN.test(pathname)) return 'any';
  return NO_ORIGIN.test(pathname) ? 'none' : 'configured';
}

const METHODS = 'GET, POST, PUT, PATCH, DELETE';
/** The last one is sent by MCP clients, which look for metadata from anywhere. */
const REQUEST_HEADERS =
  'authorization, content-type, dpop, traceparent, tracestate, x-correlation-id, mcp-protocol-version';
/** `date` lets the SDK compare tokens with the server's clock. */
const EXPOSED =
  'date, x-correlation-id, retry-after, ratelimit-limit, ratelimit-remaining, ratelimit-reset, dpop-nonce, www-authenticate';
const PREFLIGHT_SECONDS = '3600';

export const isPreflight = ({ method, headers }: Request): boolean =>
  method === 'OPTIONS' && headers.has('origin') && headers.has('access-control-request-method');

type Asked = { readonly request: Request; readonly url: URL };

/** Answers a preflight: from an origin that may not call, with nothing that admits it. */
export function preflightResponse(asked: Asked, origins: ReadonlySet<string>): Response {
  const headers = new Headers({ 'cache-control': 'no-store' });
  const policy = policyOf(asked.url.pathname);
  if (policy === 'any' || (policy === 'configured' && isConfigured(asked, origins))) {
    headers.set('access-control-allow-methods', METHODS);
    headers.set('access-control-allow-headers', REQUEST_HEADERS);
    headers.set('access-control-max-age', PREFLIGHT_SECONDS);
  }
  return new Response(null, { status: 204, headers });
}

/** Adds to any answer what lets an origin read it that may. */
export function allowOrigin(asked: Asked, headers: Headers, origins: ReadonlySet<string>): void {
  const policy = policyOf(asked.url.pathname);
  if (policy === 'any') {
    headers.set('access-control-allow-origin', '*');
    headers.set('access-control-expose-headers', EXPOSED);
  }
  if (policy !== 'configured' || origins.size === 0) return;
  headers.append('vary', 'Origin');
  if (!isConfigured(asked, origins)) return;
  headers.set('access-control-allow-origin', asked.request.headers.get('origin') ?? '');
  headers.set('access-control-allow-credentials', 'true');
  headers.set('access-control-expose-headers', EXPOSED);
}

const isConfigured = ({ request }: Asked, origins: ReadonlySet<string>): boolean =>
  origins.has(request.headers.get('origin') ?? '');
