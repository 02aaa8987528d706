/**
 * Cross-origin access, by the CORS class of a route. Origins are compared exactly, and `null` is
 * never allowed.
 *
 * @see [Fetch §3.3](https://fetch.spec.whatwg.org/#http-cors-protocol)
 * @module
 */

import type { CorsClass } from './routes.ts';
import type { Trip } from './trip.ts';

const METHODS = 'GET, POST, PUT, PATCH, DELETE';
/** MCP clients send the last one when they look for metadata. */
const REQUEST_HEADERS =
  'authorization, content-type, dpop, traceparent, tracestate, x-correlation-id, mcp-protocol-version';
/** The SDK reads `date` to estimate the server's time. */
const EXPOSED =
  'date, x-correlation-id, retry-after, ratelimit-limit, ratelimit-remaining, ratelimit-reset, dpop-nonce, www-authenticate';
const PREFLIGHT_SECONDS = '3600';

export const isPreflight = ({ method, headers }: Request): boolean =>
  method === 'OPTIONS' && headers.has('origin') && headers.has('access-control-request-method');

type CrossOrigin = Pick<Trip, 'request' | 'route'>;

/** Answers a preflight. The answer has no CORS headers for an origin that may not call. */
export function preflightResponse(trip: CrossOrigin, origins: ReadonlySet<string>): Response {
  const headers = new Headers({ 'cache-control': 'no-store' });
  const cors = classOf(trip);
  if (cors === 'any' || (cors === 'configured' && isConfigured(trip, origins))) {
    headers.set('access-control-allow-methods', METHODS);
    headers.set('access-control-allow-headers', REQUEST_HEADERS);
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
  const cors = classOf(trip);
  if (cors === 'any') {
    headers.set('access-control-allow-origin', '*');
    headers.set('access-control-expose-headers', EXPOSED);
  }
  if (cors !== 'configured' || origins.size === 0) return;
  headers.append('vary', 'Origin');
  if (!isConfigured(trip, origins)) return;
  headers.set('access-control-allow-origin', trip.request.headers.get('origin') ?? '');
  headers.set('access-control-allow-credentials', 'true');
  headers.set('access-control-expose-headers', EXPOSED);
}

/** The configured origins may read a 404, as most answers. */
const classOf = ({ route }: CrossOrigin): CorsClass => route?.cors ?? 'configured';

const isConfigured = ({ request }: CrossOrigin, origins: ReadonlySet<string>): boolean =>
  origins.has(request.headers.get('origin') ?? '');
