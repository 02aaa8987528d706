import type { ErrorCode } from '../../../shared/contracts/http/error-codes.ts';
import { err, ok, type Result } from '../../../shared/result.ts';
import type { EventRecipient } from '../connections/outbox.ts';
import { accepts, type Stream } from '../streams/stream.ts';
import type { IdentifiedUpgrade } from './identify.ts';

/** Whether a connection begins a stream, or goes on with one after the event that it knows. */
export type ResumeDecision =
  | { readonly as: 'begin' }
  | { readonly as: 'resume'; readonly from: number };

/** Where a session's stream is, if it has one here. */
export type SessionStream = {
  readonly stream: Stream;
  readonly position: number;
  /** Which the hub takes for open. */
  readonly connection?: Pick<EventRecipient, 'state'> | undefined;
};

const BEGIN: ResumeDecision = { as: 'begin' };

/**
 * What becomes of a client that was let in. Who shows a valid access token and cannot go on begins
 * anew; who shows a reconnection token alone cannot.
 *
 * @param epoch Of the new connection: the newest of a session wins, and a stream may have a newer.
 */
export function decideResume(
  upgrade: IdentifiedUpgrade,
  standing: SessionStream | undefined,
  epoch: number,
): Result<ResumeDecision, ErrorCode> {
  if (standing !== undefined && standing.stream.epoch > epoch) return err('CONFLICT');
  const isOwn = standing?.stream.principal.subject === upgrade.principal.subject;
  const from = isOwn ? whereFrom(upgrade, standing) : undefined;
  if (from !== undefined) return ok({ as: 'resume', from });
  return upgrade.tokenHash === undefined ? ok(BEGIN) : err('CONNECT_RECONNECTION_INVALID');
}

/** After which event the client goes on. `undefined` if it cannot, or does not want to. */
function whereFrom(
  { arrival, tokenHash }: IdentifiedUpgrade,
  { stream, position, connection }: SessionStream,
): number | undefined {
  // Looked at again: it may have been used twice while the session was judged.
  if (tokenHash !== undefined && !accepts(stream, tokenHash)) return undefined;
  const sent = stream.lost?.sequence ?? connection?.state.behind?.after ?? position;
  const noticed = tokenHash === undefined ? undefined : sent;
  const from = arrival.lastSequence ?? noticed;
  return from !== undefined && from <= position ? from : undefined;
}
