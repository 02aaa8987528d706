import { Problem } from '../../../shared/http/problem.ts';
import type { Upstreams } from '../ports.ts';
import type { Caller } from './authenticate.ts';
import { announcedLength, readLimited } from './body.ts';
import { outgoingHeaders } from './outgoing-headers.ts';
import type { ForwardRoute } from './routes.ts';
import type { Trip } from './trip.ts';

/**
 * Hands a request to the Worker that owns its path.
 *
 * @param caller `undefined` where nobody asks who it is.
 * @throws {Problem} `PAYLOAD_TOO_LARGE`; `SERVICE_UNAVAILABLE` if the Worker fails to answer at all.
 */
export async function forward(
  upstreams: Upstreams,
  route: Pick<ForwardRoute, 'to' | 'passesAuthorization'>,
  trip: Trip,
  caller?: Caller,
): Promise<Response> {
  const headers = outgoingHeaders(trip, route, caller);
  const body = await unannouncedBody(trip.request);
  const request = new Request(trip.request, { headers, redirect: 'manual', ...body });
  try {
    return await upstreams[route.to].fetch(request);
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
