/**
 * Cross-origin access for configured origins, compared exactly. `null` is never one of them.
 *
 * @see [Fetch §3.3](https://fetch.spec.whatwg.org/#http-cors-protocol)
 * @module
 */

const METHODS = 'GET, POST, PUT, PATCH, DELETE';
const REQUEST_HEADERS =
  'authorization, content-type, dpop, traceparent, tracestate, x-correlation-id';
const EXPOSED =
  'x-correlation-id, retry-after, ratelimit-limit, ratelimit-remaining, ratelimit-reset';
const PREFLIGHT_SECONDS = '3600';

export const isPreflight = ({ method, headers }: Request): boolean =>
  method === 'OPTIONS' && headers.has('origin') && headers.has('access-control-request-method');

/** Answers a preflight: from an origin that is not configured, with nothing that admits it. */
export function preflightResponse(request: Request, origins: ReadonlySet<string>): Response {
  const headers = new Headers({ 'cache-control': 'no-store' });
  if (isAdmitted(request, origins)) {
    headers.set('access-control-allow-methods', METHODS);
    headers.set('access-control-allow-headers', REQUEST_HEADERS);
    headers.set('access-control-max-age', PREFLIGHT_SECONDS);
  }
  return new Response(null, { status: 204, headers });
}

/** Adds to any answer what lets a configured origin read it. */
export function allowOrigin(
  request: Request,
  headers: Headers,
  origins: ReadonlySet<string>,
): void {
  if (origins.size === 0) return;
  headers.append('vary', 'Origin');
  if (!isAdmitted(request, origins)) return;
  headers.set('access-control-allow-origin', request.headers.get('origin') ?? '');
  headers.set('access-control-allow-credentials', 'true');
  headers.set('access-control-expose-headers', EXPOSED);
}

const isAdmitted = ({ headers }: Request, origins: ReadonlySet<string>): boolean =>
  origins.has(headers.get('origin') ?? '');
