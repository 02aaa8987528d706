import { type Millis, toNumericDate } from '../../shared/clock.ts';
import { ARRIVAL_HEADER, encodeArrival } from '../../shared/contracts/connect/arrival.ts';
import { seatExpiry } from '../../shared/contracts/connect/queue-rpc.ts';
import {
  CLIENT_IP_HEADER,
  CORRELATION_HEADER,
  COUNTRY_HEADER,
  encodePrincipal,
  PRINCIPAL_HEADER,
} from '../../shared/contracts/edge/principal.ts';
import { Problem } from '../../shared/http/problem.ts';
import { negotiateSubprotocol } from '../../shared/hub-protocol/subprotocol.ts';
import { TRACEPARENT } from '../../shared/telemetry/trace-context.ts';
import { type Arriving, arrive } from './arriving/arrive.ts';
import { readConfig } from './config.ts';
import { type QueueEnv, queueDeps } from './queue/queue-deps.ts';
import { type Seat, seated, type Taker, takeSeat } from './queue/seat.ts';
import { saltsOf } from './salts.ts';
import { hubName, regionOf } from './shard.ts';

export type SocketEnv = QueueEnv & {
  readonly HUBS: Pick<DurableObjectNamespace, 'getByName'>;
};

/**
 * Hands the upgrade to a hub. Its 101 goes back untouched, or the socket could not hibernate.
 *
 * @throws {Problem} `METHOD_NOT_ALLOWED`, `UPGRADE_REQUIRED`, `CONNECT_QUEUE_*`,
 *   `SERVICE_UNAVAILABLE`, and what {@link arrive} throws.
 */
export async function openSocket(request: Request, env: SocketEnv): Promise<Response> {
  if (request.method !== 'GET') throw new Problem('METHOD_NOT_ALLOWED');
  if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') {
    throw new Problem('UPGRADE_REQUIRED');
  }
  const { shards } = readConfig(env);
  const region = regionOf(request.cf);
  const now = Date.now();
  const arriving = await arrive(request, {
    salts: await saltsOf(env),
    hubOf: (sessionId) => hubName(region, sessionId, shards),
    now,
  });
  const deps = queueDeps(env);
  const seat = await takeSeat(request, takerOf(arriving, now), deps);
  const hub = env.HUBS.getByName(arriving.hub);
  return seated(seat, async () => hub.fetch(toHubRequest(request, arriving, seat)), deps);
}

/** With a reconnection token alone, only the hub knows for how long; it says so once it is open. */
function takerOf({ principal, sessionId }: Arriving, now: Millis): Taker {
  return { sessionId, until: seatExpiry(principal?.expiresAt ?? toNumericDate(now)) };
}

/** Only what a hub reads: no credential goes further than here. */
function toHubRequest(
  { url, headers }: Request,
  { principal, arrival }: Arriving,
  seat: Seat | undefined,
): Request {
  const told = encodeArrival({ ...arrival, seat: seat?.holder });
  const forwarded = new Headers({ upgrade: 'websocket', [ARRIVAL_HEADER]: told });
  if (principal !== undefined) forwarded.set(PRINCIPAL_HEADER, encodePrincipal(principal));
  for (const name of [CLIENT_IP_HEADER, COUNTRY_HEADER, CORRELATION_HEADER, TRACEPARENT]) {
    const value = headers.get(name);
    if (value !== null) forwarded.set(name, value);
  }
  const subprotocol = negotiateSubprotocol(headers.get('sec-websocket-protocol'));
  if (subprotocol !== undefined) forwarded.set('sec-websocket-protocol', subprotocol);
  return new Request(new URL('/connect', url), { headers: forwarded });
}
