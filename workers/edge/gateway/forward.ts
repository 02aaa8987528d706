import { Problem } from '../../../shared/http/problem.ts';
import { clientCertificate } from '../binding/client-certificate.ts';
import { DPOP_NONCE_HEADER } from '../binding/refusals.ts';
import { type Challenges, isChallenge } from '../challenges.ts';
import type { Upstreams } from '../ports.ts';
import type { Caller } from './authenticate.ts';
import { announcedLength, readLimited } from './body.ts';
import { outgoingHeaders } from './outgoing-headers.ts';
import type { ForwardRoute } from './routes.ts';
import type { Trip } from './trip.ts';

export type ForwardServices = {
  readonly upstreams: Upstreams;
  readonly challenges: Challenges;
};

/**
 * Hands a request to the Worker that owns its path.
 *
 * @param caller `undefined` where nobody asks who it is.
 * @throws {Problem} `PAYLOAD_TOO_LARGE`; `SERVICE_UNAVAILABLE` if the Worker fails to answer at all.
 */
export async function forward(
  { upstreams, challenges }: ForwardServices,
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
  return caller === undefined ? response : addressed(response, caller, trip, challenges);
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

/** Adds what only the edge knows: a nonce for the next proof, and how to get in. */
function addressed(
  response: Response,
  caller: Caller,
  { request }: Trip,
  challenges: Challenges,
): Response {
  const nonce = caller.known ? caller.dpopNonce : undefined;
  // A socket belongs to the object that accepted it: see `finish`.
  if (response.status === 101 || (nonce === undefined && !isChallenge(response))) return response;
  const own = new Response(response.body, response);
  if (nonce !== undefined) own.headers.set(DPOP_NONCE_HEADER, nonce);
  challenges(own, request.headers);
  return own;
}

/** A body of announced length passes as it comes: HTTP itself holds it to its announcement. */
async function unannouncedBody(
  request: Request,
  largest: number | undefined,
): Promise<{ body?: Uint8Array }> {
  const length = announcedLength(request.headers, largest);
  if (length !== undefined || request.body === null) return {};
  return { body: await readLimited(request.body, largest) };
}
