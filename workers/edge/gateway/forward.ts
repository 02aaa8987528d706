import {
  AUTH_FAILURE_HEADER,
  CLIENT_IP_HEADER,
  CORRELATION_HEADER,
  COUNTRY_HEADER,
  INTERNAL_HEADER_PREFIX,
  PRINCIPAL_HEADER,
} from '../../../shared/contracts/principal.ts';
import { Problem } from '../../../shared/http/problem.ts';
import type { UpstreamName, Upstreams } from '../ports.ts';
import { TRACEPARENT, TRACESTATE } from '../trace-context.ts';
import type { Caller } from './authenticate.ts';
import { announcedLength, readLimited } from './body.ts';
import type { Trip } from './trip.ts';

/**
 * Hands a request to the Worker that owns its path.
 *
 * @param caller `undefined` where nobody asks who it is.
 * @throws {Problem} `PAYLOAD_TOO_LARGE`; `SERVICE_UNAVAILABLE` if the Worker fails to answer at all.
 */
export async function forward(
  upstreams: Upstreams,
  name: UpstreamName,
  trip: Trip,
  caller?: Caller,
): Promise<Response> {
  const headers = outgoingHeaders(trip, caller);
  const body = await unannouncedBody(trip.request);
  const request = new Request(trip.request, { headers, redirect: 'manual', ...body });
  try {
    return await upstreams[name].fetch(request);
  } catch (cause) {
    throw new Problem('SERVICE_UNAVAILABLE', { cause });
  }
}

/** A body of announced length passes as it comes: HTTP itself holds it to its announcement. */
async function unannouncedBody(request: Request): Promise<{ body?: Uint8Array }> {
  const length = announcedLength(request.headers);
  if (length !== undefined || request.body === null) return {};
  return { body: await readLimited(request.body) };
}

/** A reconnection token is the hub's to judge; every access token was judged here. */
const PASSED_SCHEME = /^reconnect /i;

function outgoingHeaders(trip: Trip, caller: Caller | undefined): Headers {
  const { request, trace } = trip;
  const headers = new Headers(request.headers);
  for (const name of request.headers.keys()) if (isInternal(name)) headers.delete(name);
  if (!PASSED_SCHEME.test(headers.get('authorization') ?? '')) headers.delete('authorization');
  if (!trace.continued) headers.delete(TRACESTATE);
  headers.set(TRACEPARENT, trace.traceparent);
  headers.set(CORRELATION_HEADER, trip.correlationId);
  headers.set(CLIENT_IP_HEADER, trip.clientIp);
  const country: unknown = request.cf?.['country'];
  if (typeof country === 'string') headers.set(COUNTRY_HEADER, country);
  if (caller?.known === true) headers.set(PRINCIPAL_HEADER, caller.token.principalHeader);
  if (caller?.known === false) headers.set(AUTH_FAILURE_HEADER, caller.code);
  return headers;
}

/** What only the edge may say, to our Workers and to those behind a forward-auth proxy. */
const isInternal = (name: string): boolean =>
  name.startsWith(INTERNAL_HEADER_PREFIX) || name.startsWith('x-auth-');
