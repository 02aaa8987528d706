import { toNumericDate } from '../../../shared/clock.ts';
import { seatExpiry } from '../../../shared/contracts/connect/queue-rpc.ts';
import {
  encodeUpgradeParameters,
  UPGRADE_PARAMETERS_HEADER,
} from '../../../shared/contracts/connect/upgrade-parameters.ts';
import {
  CLIENT_IP_HEADER,
  CORRELATION_HEADER,
  COUNTRY_HEADER,
  encodePrincipal,
  PRINCIPAL_HEADER,
} from '../../../shared/contracts/edge/principal.ts';
import { Problem } from '../../../shared/http/problem.ts';
import { isUpgrade, negotiateSubprotocol } from '../../../shared/hub-protocol/subprotocol.ts';
import { TRACEPARENT } from '../../../shared/telemetry/trace-context.ts';
import type { AdmissionQueueNeeds } from '../queue/admission-queue.ts';
import { type Seat, takeSeat, withSeat } from '../queue/seat.ts';
import { type Admission, type AdmissionNeeds, admit } from './admission.ts';

export type HubConnectionNeeds = AdmissionNeeds & AdmissionQueueNeeds;

export const SOCKET_PATH = '/connect';

/**
 * Judges who wants to connect, takes a seat in the queue if there is one, and passes the upgrade to
 * a hub. A refused client wakes no hub.
 *
 * @throws {Problem} `METHOD_NOT_ALLOWED`, `UPGRADE_REQUIRED`, `VALIDATION_ERROR`, `CONNECT_QUEUE_*`,
 *   `SERVICE_UNAVAILABLE`, and what {@link admit} throws.
 */
export async function connectToHub(request: Request, needs: HubConnectionNeeds): Promise<Response> {
  if (request.method !== 'GET') throw new Problem('METHOD_NOT_ALLOWED');
  if (!isUpgrade(request.headers)) throw new Problem('UPGRADE_REQUIRED');
  requireSubprotocol(request.headers);
  const { network, queue, clock } = needs;
  const admission = await admit(request, needs);
  // With a reconnection token alone, only the hub knows the expiry. It tells the queue when the
  // connection is open.
  const expiresAt = admission.principal?.expiresAt ?? toNumericDate(clock());
  const { sessionId } = admission;
  const seat = await takeSeat(request, { sessionId, until: seatExpiry(expiresAt) }, queue);
  const toHub = toHubRequest(request, admission, seat);
  return withSeat(seat, () => network.upgrade(admission.hub, toHub), queue);
}

/**
 * A browser that offers subprotocols, if only to bring a credential, drops the connection where the server
 * chooses none (WebSockets §2.1). It would have taken the place of a good one until then.
 */
function requireSubprotocol(headers: Headers): void {
  const isOffering = headers.has('sec-websocket-protocol');
  if (!isOffering || negotiateSubprotocol(headers) !== undefined) return;
  const message = 'Offer sallyport.v1 or sallyport.v1+problem, beside the credential';
  throw new Problem('VALIDATION_ERROR', { errors: [{ path: 'sec-websocket-protocol', message }] });
}

/** A request with only the headers that a hub reads. No credential is passed on. */
function toHubRequest(
  { url, headers }: Request,
  { principal, parameters }: Admission,
  seat: Seat | undefined,
): Request {
  const encoded = encodeUpgradeParameters({ ...parameters, seat: seat?.holder });
  const forwarded = new Headers({ upgrade: 'websocket', [UPGRADE_PARAMETERS_HEADER]: encoded });
  if (principal !== undefined) forwarded.set(PRINCIPAL_HEADER, encodePrincipal(principal));
  for (const name of [CLIENT_IP_HEADER, COUNTRY_HEADER, CORRELATION_HEADER, TRACEPARENT]) {
    const value = headers.get(name);
    if (value !== null) forwarded.set(name, value);
  }
  const subprotocol = negotiateSubprotocol(headers);
  if (subprotocol !== undefined) forwarded.set('sec-websocket-protocol', subprotocol);
  return new Request(new URL(SOCKET_PATH, url), { headers: forwarded });
}
