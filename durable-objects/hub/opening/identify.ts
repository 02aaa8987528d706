import type { Clock, Millis } from '../../../shared/clock.ts';
import type { ErrorCode } from '../../../shared/contracts/http/error-codes.ts';
import { err, ok, type Result } from '../../../shared/result.ts';
import { hashNonce } from '../../../shared/tokens/reconnection-token.ts';
import { graceEnd } from '../connections/deadlines.ts';
import { accepts, type Stream } from '../streams/stream.ts';
import type { Streams } from '../streams/streams.ts';
import type { Knock, Upgrade } from './upgrade.ts';
import type { UsedTickets } from './used-tickets.ts';

export type IdentifyDeps = {
  readonly streams: Pick<Streams, 'find'>;
  readonly tickets: UsedTickets;
  readonly clock: Clock;
};

/** Finds out who knocks. Uses up the ticket, if that is what the client has. */
export async function identify(
  knock: Knock,
  { streams, tickets, clock }: IdentifyDeps,
): Promise<Result<Upgrade, ErrorCode>> {
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
