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

/** What a client asks for when it connects. */
export type Knock = {
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
export type Upgrade = Knock & {
  readonly principal: SessionPrincipal;
  /** Of the reconnection token, where that is all that the client showed. */
  readonly tokenHash: string | undefined;
};

/** Reads the request that the connect Worker forwards. Only that Worker can reach a hub. */
export function readKnock({ headers }: Request): Result<Knock, ErrorCode> {
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
