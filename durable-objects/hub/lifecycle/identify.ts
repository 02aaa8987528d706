/**
 * Finds out who asks to connect, from the request that the connect Worker forwards and the ticket
 * or reconnection token in it.
 *
 * @module
 */

import type { Clock, Millis } from '../../../shared/clock.ts';
import { mayUseHub } from '../../../shared/contracts/connect/hub-access.ts';
import {
  readUpgradeParameters,
  type UpgradeParameters,
} from '../../../shared/contracts/connect/upgrade-parameters.ts';
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
  isUpgrade,
  negotiateSubprotocol,
  type Subprotocol,
} from '../../../shared/hub-protocol/subprotocol.ts';
import { err, ok, type Result } from '../../../shared/result.ts';
import { TRACEPARENT } from '../../../shared/telemetry/trace-context.ts';
import { hashNonce } from '../../../shared/tokens/reconnection-token.ts';
import { graceEnd } from '../connections/liveness.ts';
import { acceptsToken, type Stream } from '../streams/stream.ts';

/** A client's request to connect. */
export type UpgradeRequest = {
  /** Absent where the client shows a reconnection token alone. */
  readonly principal: SessionPrincipal | undefined;
  readonly parameters: UpgradeParameters;
  readonly subprotocol: Subprotocol | undefined;
  readonly clientIp: string;
  readonly country: string;
  readonly correlationId: string;
  /** The trace of the request (W3C Trace Context). Empty where it belongs to none. */
  readonly traceparent: string;
};

/** An upgrade request whose client is known. */
export type IdentifiedUpgrade = UpgradeRequest & {
  readonly principal: SessionPrincipal;
  /** The hash of the reconnection token, where the client shows that alone. */
  readonly tokenHash: string | undefined;
};

export type IdentifyNeeds = {
  readonly streams: { find(sessionId: string): Stream | undefined };
  readonly tickets: { isUsed(ticket: NonNullable<UpgradeParameters['ticket']>): boolean };
  /** `client_id` of the deployment's own tokens. */
  readonly ownClientId: string;
  readonly clock: Clock;
};

/**
 * Finds out which session the client is of, and that its client may use the hub [H93]. A ticket is looked
 * at; it is used up when the connection opens [H3].
 */
export async function identify(
  request: UpgradeRequest,
  needs: IdentifyNeeds,
): Promise<Result<IdentifiedUpgrade, ErrorCode>> {
  const identified = await findPrincipal(request, needs);
  if (!identified.ok) return identified;
  return mayUseHub(identified.value.principal, needs.ownClientId)
    ? identified
    : err('AUTH_SCOPE_INSUFFICIENT');
}

async function findPrincipal(
  request: UpgradeRequest,
  { streams, tickets, clock }: IdentifyNeeds,
): Promise<Result<IdentifiedUpgrade, ErrorCode>> {
  const { principal, parameters } = request;
  if (principal !== undefined) {
    const { ticket } = parameters;
    return ticket !== undefined && tickets.isUsed(ticket)
      ? err('CONNECT_TICKET_INVALID')
      : ok({ ...request, principal, tokenHash: undefined });
  }
  const { sessionId = '', nonce = '' } = parameters.reconnection ?? {};
  const tokenHash = await hashNonce(nonce);
  const stream = streams.find(sessionId);
  const refused = refuseToken(stream, tokenHash, clock());
  if (refused !== undefined || stream === undefined) {
    return err(refused ?? 'CONNECT_RECONNECTION_INVALID');
  }
  return ok({ ...request, principal: stream.principal, tokenHash });
}

/** A reconnection token is accepted alone for as long as the access token would keep a connection. */
function refuseToken(
  stream: Stream | undefined,
  tokenHash: string,
  now: Millis,
): ErrorCode | undefined {
  if (stream === undefined || !acceptsToken(stream, tokenHash)) {
    return 'CONNECT_RECONNECTION_INVALID';
  }
  // It does not prove possession of the key that the access token is bound to (RFC 9449 §5).
  if (stream.principal.confirmation !== undefined) return 'CONNECT_RECONNECTION_INVALID';
  return now >= graceEnd(stream.principal.expiresAt) ? 'AUTH_TOKEN_EXPIRED' : undefined;
}

/** Reads the request that the connect Worker forwards. Only that Worker can reach a hub. */
export function readUpgradeRequest({ headers }: Request): Result<UpgradeRequest, ErrorCode> {
  if (!isUpgrade(headers)) return err('UPGRADE_REQUIRED');
  const parameters = readUpgradeParameters(headers);
  const principal = readPrincipal(headers);
  if (principal === undefined && parameters.reconnection === undefined) {
    return err(readAuthFailure(headers));
  }
  if (principal !== undefined && !hasSession(principal)) return err('AUTHZ_DENIED');
  return ok({
    principal,
    parameters,
    subprotocol: negotiateSubprotocol(headers),
    clientIp: headers.get(CLIENT_IP_HEADER) ?? '',
    country: headers.get(COUNTRY_HEADER) ?? '',
    correlationId: headers.get(CORRELATION_HEADER) ?? '',
    traceparent: headers.get(TRACEPARENT) ?? '',
  });
}

/** The 101 response that hands the socket to the client (RFC 6455 §4.2.2). */
export function switchingProtocols(
  webSocket: WebSocket,
  subprotocol: Subprotocol | undefined,
): Response {
  const headers = new Headers();
  if (subprotocol !== undefined) headers.set('sec-websocket-protocol', subprotocol);
  return new Response(null, { status: 101, webSocket, headers });
}
