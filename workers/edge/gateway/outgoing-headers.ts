import {
  CLIENT_CERTIFICATE_HEADER,
  type ClientCertificate,
  encodeClientCertificate,
} from '../../../shared/contracts/edge/client-certificate.ts';
import {
  AUTH_FAILURE_HEADER,
  CLIENT_IP_HEADER,
  CORRELATION_HEADER,
  COUNTRY_HEADER,
  INTERNAL_HEADER_PREFIX,
  PRINCIPAL_HEADER,
} from '../../../shared/contracts/edge/principal.ts';
import { TRACEPARENT, TRACESTATE } from '../../../shared/telemetry/trace-context.ts';
import type { Caller } from './authenticate.ts';
import type { ForwardRoute } from './routes.ts';
import type { Trip } from './trip.ts';

/** What the edge found out of the sender. */
export type Sender = {
  readonly caller: Caller | undefined;
  readonly certificate: ClientCertificate | undefined;
};

/** The headers that the Worker behind the edge gets: the client's, and what only the edge may say. */
export function outgoingHeaders(
  trip: Trip,
  { passesAuthorization }: Pick<ForwardRoute, 'passesAuthorization'>,
  sender: Sender,
): Headers {
  const { request, trace } = trip;
  const headers = new Headers(request.headers);
  for (const name of request.headers.keys()) if (isInternal(name)) headers.delete(name);
  const isPassed =
    passesAuthorization === true || PASSED_SCHEME.test(headers.get('authorization') ?? '');
  if (!isPassed) headers.delete('authorization');
  if (!trace.continued) headers.delete(TRACESTATE);
  for (const [name, value] of statements(trip, sender)) headers.set(name, value);
  return headers;
}

/** A reconnection token is the hub's to judge; every access token was judged here. */
const PASSED_SCHEME = /^reconnect /i;

/** What only the edge may say, to our Workers and to those behind a forward-auth proxy. */
const isInternal = (name: string): boolean =>
  name.startsWith(INTERNAL_HEADER_PREFIX) || name.startsWith('x-auth-');

type Statement = readonly [name: string, value: string];

function statements(trip: Trip, { caller, certificate }: Sender): readonly Statement[] {
  const country: unknown = trip.request.cf?.['country'];
  const all: Statement[] = [
    [TRACEPARENT, trip.trace.traceparent],
    [CORRELATION_HEADER, trip.correlationId],
    [CLIENT_IP_HEADER, trip.clientIp],
  ];
  if (typeof country === 'string') all.push([COUNTRY_HEADER, country]);
  if (caller?.known === true) all.push([PRINCIPAL_HEADER, caller.token.principalHeader]);
  if (caller?.known === false) all.push([AUTH_FAILURE_HEADER, caller.code]);
  if (certificate !== undefined) {
    all.push([CLIENT_CERTIFICATE_HEADER, encodeClientCertificate(certificate)]);
  }
  return all;
}
