import type { Background } from '../../../shared/cache/refresher.ts';
import {
  CORRELATION_HEADER,
  INTERNAL_HEADER_PREFIX,
} from '../../../shared/contracts/edge/principal.ts';
import { TRACEPARENT } from '../../../shared/telemetry/trace-context.ts';
import type { Challenges } from '../credentials/challenges.ts';
import { failureResponse } from '../failure.ts';
import type { Runtime } from '../ports.ts';
import { allowOrigin, isPreflight, preflightResponse } from './cors.ts';
import { type PresentNeeds, present } from './present.ts';
import { beginTrip, type Trip } from './trip.ts';

export type GatewayNeeds = PresentNeeds & {
  readonly runtime: Runtime;
  readonly corsOrigins: ReadonlySet<string>;
  readonly correlationId: (headers: Headers) => string;
  readonly challenges: Challenges;
  readonly dispatch: (trip: Trip) => Promise<Response>;
};

/** Answers any request: with ids, trace, CORS headers, and errors in terms of who asks. Never rejects. */
export async function serve(
  needs: GatewayNeeds,
  request: Request,
  background: Background,
): Promise<Response> {
  const { runtime, corsOrigins, correlationId, dispatch } = needs;
  const trip = beginTrip(request, background, runtime, correlationId(request.headers));
  try {
    const response = isPreflight(request)
      ? preflightResponse(trip, corsOrigins)
      : await dispatch(trip);
    return finish(await present(needs, response, trip), trip, corsOrigins);
  } catch (error) {
    const failure = failureResponse(error, trip, runtime.log);
    needs.challenges(failure, request.headers);
    return finish(await present(needs, failure, trip), trip, corsOrigins);
  }
}

function finish(response: Response, trip: Trip, origins: ReadonlySet<string>): Response {
  // A socket belongs to the object that accepted it. A copy of the response would relay it, and the
  // object could not hibernate.
  if (response.status === 101) return response;
  const finished = new Response(response.body, response);
  const { headers } = finished;
  for (const name of response.headers.keys()) if (isBetweenWorkers(name)) headers.delete(name);
  headers.set(CORRELATION_HEADER, trip.correlationId);
  headers.set(TRACEPARENT, trip.trace.traceparent);
  headers.set('x-content-type-options', 'nosniff');
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
  if (trip.url.protocol === 'https:') headers.set('strict-transport-security', HSTS);
  allowOrigin(trip, headers, origins);
  return finished;
}

const isBetweenWorkers = (name: string): boolean => name.startsWith(INTERNAL_HEADER_PREFIX);

/** RFC 6797, for a year. Subdomains are left out: they may belong to others. */
const HSTS = 'max-age=31536000';
