import { ARRIVAL_HEADER, encodeArrival } from '../../shared/contracts/arrival.ts';
import {
  CLIENT_IP_HEADER,
  CORRELATION_HEADER,
  COUNTRY_HEADER,
  hasSession,
  PRINCIPAL_HEADER,
  readAuthFailure,
  readPrincipal,
} from '../../shared/contracts/principal.ts';
import { seatExpiry } from '../../shared/contracts/queue-rpc.ts';
import { Problem } from '../../shared/http/problem.ts';
import { negotiateSubprotocol } from '../../shared/hub-protocol/subprotocol.ts';
import { readConfig } from './config.ts';
import { type QueueEnv, queueDeps } from './queue/queue-deps.ts';
import { type Seat, seated, takeSeat } from './queue/seat.ts';
import { hubName, regionOf } from './shard.ts';

export type SocketEnv = QueueEnv & {
  readonly HUBS: Pick<DurableObjectNamespace, 'getByName'>;
};

/**
 * Hands the upgrade to a hub. Its 101 goes back untouched, or the socket could not hibernate.
 *
 * @throws {Problem} `METHOD_NOT_ALLOWED`, `UPGRADE_REQUIRED`, `AUTH_*`, `AUTHZ_DENIED`,
 *   `CONNECT_QUEUE_*`, `SERVICE_UNAVAILABLE`
 */
export async function openSocket(request: Request, env: SocketEnv): Promise<Response> {
  if (request.method !== 'GET') throw new Problem('METHOD_NOT_ALLOWED');
  if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') {
    throw new Problem('UPGRADE_REQUIRED');
  }
  const principal = readPrincipal(request.headers);
  if (principal === undefined) throw new Problem(readAuthFailure(request.headers));
  if (!hasSession(principal)) throw new Problem('AUTHZ_DENIED', WITHOUT_SESSION);

  const { shards } = readConfig(env);
  const name = hubName(regionOf(request.cf), principal.sessionId, shards);
  const until = seatExpiry(principal.expiresAt);
  const deps = queueDeps(env);
  const seat = await takeSeat(request, { sessionId: principal.sessionId, until }, deps);
  const hub = env.HUBS.getByName(name);
  return seated(seat, async () => hub.fetch(toHubRequest(request, seat)), deps);
}

const WITHOUT_SESSION = {
  detail: 'A connection belongs to a session, and this access token to none: sign a user in',
};

/** Only what a hub reads: no credential goes further than here. */
function toHubRequest({ url, headers }: Request, seat: Seat | undefined): Request {
  const forwarded = new Headers({ upgrade: 'websocket' });
  for (const name of [PRINCIPAL_HEADER, CLIENT_IP_HEADER, COUNTRY_HEADER, CORRELATION_HEADER]) {
    const value = headers.get(name);
    if (value !== null) forwarded.set(name, value);
  }
  if (seat !== undefined) forwarded.set(ARRIVAL_HEADER, encodeArrival({ seat: seat.holder }));
  const subprotocol = negotiateSubprotocol(headers.get('sec-websocket-protocol'));
  if (subprotocol !== undefined) forwarded.set('sec-websocket-protocol', subprotocol);
  return new Request(new URL('/connect', url), { headers: forwarded });
}
