import type { Clock, Millis } from '../../../shared/clock.ts';
import { type Arrival, readArrival } from '../../../shared/contracts/connect/arrival.ts';
import {
  CLIENT_IP_HEADER,
  CORRELATION_HEADER,
  COUNTRY_HEADER,
  hasSession,
  readAuthFailure,
  readPrincipal,
  type SessionPrincipal,
} from '../../../shared/contracts/edge/principal.ts';
import type { ErrorCode } from '../../../shared/contracts/http/error-codes.ts';
import {
  negotiateSubprotocol,
  type Subprotocol,
} from '../../../shared/hub-protocol/subprotocol.ts';
import { err, ok, type Result } from '../../../shared/result.ts';
import { TRACEPARENT } from '../../../shared/telemetry/trace-context.ts';
import { hashNonce } from '../../../shared/tokens/reconnection-token.ts';
import { graceEnd } from '../connections/liveness.ts';
import { accepts, type Stream } from '../streams/stream.ts';
import type { Streams } from '../streams/streams.ts';
import type { UsedTicketStore } from './used-ticket-store.ts';

export type IdentifyDeps = {
  readonly streams: Pick<Streams, 'find'>;
  readonly tickets: UsedTicketStore;
  readonly clock: Clock;
};

/** Finds out who knocks. Uses up the ticket, if that is what the client has. */
export async function identify(
  knock: UpgradeRequest,
  { streams, tickets, clock }: IdentifyDeps,
): Promise<Result<IdentifiedUpgrade, ErrorCode>> {
  const { principal, arrival } = knock;
  if (principal !== undefined) {
    const { ticket } = arrival;
    const isGood = ticket === undefined || tickets.use(ticket, clock());
    return isGood
      ? ok({ ...knock, principal, tokenHash: undefined })
      : err('CONNECT_TICKET_INVALID');
  }
  const { sessionId = '', nonce = '' } = arrival.reconnection ?? {};
  const tokenHash = await hashNonce(nonce);
  const stream = streams.find(sessionId);
  const refused = refuseToken(stream, tokenHash, clock());
  if (refused !== undefined || stream === undefined) {
    return err(refused ?? 'CONNECT_RECONNECTION_INVALID');
  }
  return ok({ ...knock, principal: stream.principal, tokenHash });
}

/** A token does for an access token as long as that one would keep its connection. */
function refuseToken(
  stream: Stream | undefined,
  tokenHash: string,
  now: Millis,
): ErrorCode | undefined {
  if (stream === undefined || !accepts(stream, tokenHash)) return 'CONNECT_RECONNECTION_INVALID';
  // It proves no possession of the key that the access token is bound to (RFC 9449 §5).
  if (stream.principal.confirmation !== undefined) return 'CONNECT_RECONNECTION_INVALID';
  return now >= graceEnd(stream.principal.expiresAt) ? 'AUTH_TOKEN_EXPIRED' : undefined;
}

/** What a client asks for when it connects. */
type UpgradeRequest = {
  /** Absent where the client shows a reconnection token alone. */
  readonly principal: SessionPrincipal | undefined;
  readonly arrival: Arrival;
  readonly subprotocol: Subprotocol | undefined;
  readonly clientIp: string;
  readonly country: string;
  readonly correlationId: string;
  /** Of the request that opens the connection. Empty where it belongs to no trace. */
  readonly traceparent: string;
};

/** A knock of which it is known who knocks. */
export type IdentifiedUpgrade = UpgradeRequest & {
  readonly principal: SessionPrincipal;
  /** Of the reconnection token, where that is all that the client showed. */
  readonly tokenHash: string | undefined;
};

/** Reads the request that the connect Worker forwards. Only that Worker can reach a hub. */
export function readUpgradeRequest({ headers }: Request): Result<UpgradeRequest, ErrorCode> {
  if (headers.get('upgrade')?.toLowerCase() !== 'websocket') return err('UPGRADE_REQUIRED');
  const arrival = readArrival(headers);
  const principal = readPrincipal(headers);
  if (principal === undefined && arrival.reconnection === undefined) {
    return err(readAuthFailure(headers));
  }
  if (principal !== undefined && !hasSession(principal)) return err('AUTHZ_DENIED');
  return ok({
    principal,
    arrival,
    subprotocol: negotiateSubprotocol(headers.get('sec-websocket-protocol')),
    clientIp: headers.get(CLIENT_IP_HEADER) ?? '',
    country: headers.get(COUNTRY_HEADER) ?? '',
    correlationId: headers.get(CORRELATION_HEADER) ?? '',
    traceparent: headers.get(TRACEPARENT) ?? '',
  });
}

/** The 101 that hands the socket to the client (RFC 6455 §4.2.2). */
export function switchingProtocols(
  webSocket: WebSocket,
  subprotocol: Subprotocol | undefined,
): Response {
  const headers = new Headers();
  if (subprotocol !== undefined) headers.set('sec-websocket-protocol', subprotocol);
  return new Response(null, { status: 101, webSocket, headers });
}
