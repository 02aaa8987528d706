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
import { Problem } from '../../../shared/http/problem.ts';
import { TRACEPARENT, TRACESTATE } from '../../../shared/telemetry/trace-context.ts';
import { type Challenges, DPOP_NONCE_HEADER, isChallenge } from '../credentials/challenges.ts';
import { clientCertificate } from '../credentials/client-certificate.ts';
import { announcedLength, readLimited } from '../limits/body.ts';
import type { Upstreams } from '../ports.ts';
import type { Caller } from './authenticate.ts';
import type { ForwardRoute } from './routes.ts';
import type { Trip } from './trip.ts';

export type ForwardNeeds = {
  readonly upstreams: Upstreams;
  readonly challenges: Challenges;
};

/**
 * Passes a request to the Worker that owns its path.
 *
 * @param caller `undefined` if no token was judged.
 * @throws {Problem} `PAYLOAD_TOO_LARGE`; `SERVICE_UNAVAILABLE` if the Worker fails to answer at all.
 */
export async function forward(
  { upstreams, challenges }: ForwardNeeds,
  route: Pick<ForwardRoute, 'to' | 'passesAuthorization' | 'largestBody'>,
  trip: Trip,
  caller?: Caller,
): Promise<Response> {
  const certificate =
    route.passesAuthorization === true ? await clientCertificate(trip.request.cf) : undefined;
  const headers = outgoingHeaders(trip, route, { caller, certificate });
  const body = await unannouncedBody(trip.request, route.largestBody);
  const request = new Request(trip.request, { headers, redirect: 'manual', ...body });
  const response = await answer(upstreams, route, request);
  return caller === undefined ? response : withChallenge(response, caller, trip, challenges);
}

async function answer(
  upstreams: Upstreams,
  { to }: Pick<ForwardRoute, 'to'>,
  request: Request,
): Promise<Response> {
  try {
    return await upstreams[to].fetch(request);
  } catch (cause) {
    throw new Problem('SERVICE_UNAVAILABLE', { cause });
  }
}

/** Adds the nonce for the client's next DPoP proof, and completes the challenge of a refusal. */
function withChallenge(
  response: Response,
  caller: Caller,
  { request }: Trip,
  challenges: Challenges,
): Response {
  const nonce = caller.isKnown ? caller.dpopNonce : undefined;
  // A socket belongs to the object that accepted it: see `finish` in `gateway.ts`.
  if (response.status === 101 || (nonce === undefined && !isChallenge(response))) return response;
  const own = new Response(response.body, response);
  if (nonce !== undefined) own.headers.set(DPOP_NONCE_HEADER, nonce);
  challenges(own, request.headers);
  return own;
}

/**
 * Reads a body without `Content-Length`, to limit its size. One with an announced length is
 * streamed, because HTTP ends it there.
 */
async function unannouncedBody(
  request: Request,
  largest: number | undefined,
): Promise<{ body?: Uint8Array }> {
  const length = announcedLength(request.headers, largest);
  if (length !== undefined || request.body === null) return {};
  return { body: await readLimited(request.body, largest) };
}

/** The caller and the certificate of a request. */
type Sender = {
  readonly caller: Caller | undefined;
  readonly certificate: ClientCertificate | undefined;
};

/**
 * The headers for the Worker behind the edge: those of the client, and those that only the edge may
 * set.
 */
function outgoingHeaders(
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

/** The hub judges reconnection tokens, so they are passed on. Access tokens were judged here. */
const PASSED_SCHEME = /^reconnect /i;

/** Headers that only the edge may set, for our Workers and for those behind a forward-auth proxy. */
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
  if (caller?.isKnown === true) all.push([PRINCIPAL_HEADER, caller.token.principalHeader]);
  if (caller?.isKnown === false) all.push([AUTH_FAILURE_HEADER, caller.code]);
  if (certificate !== undefined) {
    all.push([CLIENT_CERTIFICATE_HEADER, encodeClientCertificate(certificate)]);
  }
  return all;
}
