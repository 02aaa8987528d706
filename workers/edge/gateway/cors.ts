/**
 * Cross-origin access, by the CORS class of a route. Origins are compared exactly, and `null` is
 * never allowed.
 *
 * @see [Fetch §3.3](https://fetch.spec.whatwg.org/#http-cors-protocol)
 * @module
 */

import type { Trip } from './trip.ts';

const METHODS = 'GET, POST, PUT, PATCH, DELETE';
/**
 * Named, because `*` admits nothing to a request with credentials and never `authorization`. MCP clients,
 * which look for metadata from anywhere, send the protocol version; the last row is what tracing and
 * HTTP libraries add by themselves.
 */
const REQUEST_HEADERS =
  'authorization, content-type, dpop, traceparent, tracestate, x-correlation-id, mcp-protocol-version, ' +
  'baggage, sentry-trace, x-requested-with, cache-control, pragma';
/** `date` lets the SDK compare tokens with the server's clock. */
const EXPOSED =
  'date, x-correlation-id, retry-after, ratelimit, ratelimit-policy, dpop-nonce, www-authenticate';
const PREFLIGHT_SECONDS = '3600';

export const isPreflight = ({ method, headers }: Request): boolean =>
  method === 'OPTIONS' && headers.has('origin') && headers.has('access-control-request-method');

type CrossOrigin = Pick<Trip, 'request' | 'route'>;

/** Answers a preflight. The answer has no CORS headers for an origin that may not call. */
export function preflightResponse(trip: CrossOrigin, origins: ReadonlySet<string>): Response {
  const headers = new Headers({ 'cache-control': 'no-store' });
  const admitted = admittedOrigin(trip, origins);
  if (admitted !== undefined) {
    headers.set('access-control-allow-methods', METHODS);
    // Any further header is harmless where no credentials are sent.
    const further = admitted === '*' ? ', *' : '';
    headers.set('access-control-allow-headers', REQUEST_HEADERS + further);
    headers.set('access-control-max-age', PREFLIGHT_SECONDS);
  }
  return new Response(null, { status: 204, headers });
}

/** Adds the headers that let an origin read the answer, if it may. */
export function allowOrigin(
  trip: CrossOrigin,
  headers: Headers,
  origins: ReadonlySet<string>,
): void {
  if (trip.route !== undefined && trip.route.cors !== 'none' && origins.size > 0) {
    headers.append('vary', 'Origin');
  }
  const admitted = admittedOrigin(trip, origins);
  if (admitted === undefined) return;
  headers.set('access-control-allow-origin', admitted);
  headers.set('access-control-expose-headers', EXPOSED);
  if (admitted !== '*') headers.set('access-control-allow-credentials', 'true');
}

/**
 * The origin that may read the answers of the route, or `*` for any. A configured one is named even
 * where all may read: browsers refuse `*` to a page that sends its credentials along.
 */
function admittedOrigin(
  { request, route }: CrossOrigin,
  origins: ReadonlySet<string>,
): string | undefined {
  // What nobody answers, nobody may read.
  if (route === undefined || route.cors === 'none') return undefined;
  const origin = request.headers.get('origin') ?? '';
  if (origins.has(origin)) return origin;
  return route.cors === 'any' ? '*' : undefined;
}
