/**
 * Cross-origin access, by the class that a route names. Origins are compared exactly, and `null` is
 * never one of them.
 *
 * @see [Fetch §3.3](https://fetch.spec.whatwg.org/#http-cors-protocol)
 * @module
 */

import type { CorsClass } from './routes.ts';
import type { Trip } from './trip.ts';

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

type CrossOrigin = Pick<Trip, 'request' | 'route'>;

/** Answers a preflight. An origin that may not call gets no header that admits it. */
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

/** Adds to any answer the headers that let an origin read it, if the origin may. */
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

/** A 404 may be read by the configured origins, as most answers may. */
const classOf = ({ route }: CrossOrigin): CorsClass => route?.cors ?? 'configured';

const isConfigured = ({ request }: CrossOrigin, origins: ReadonlySet<string>): boolean =>
  origins.has(request.headers.get('origin') ?? '');
