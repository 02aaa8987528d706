/**
 * Whether a new connection begins a stream or resumes its session's: rules [H51]–[H56].
 *
 * @module
 */

import type { SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
import type { ErrorCode } from '../../../shared/contracts/http/error-codes.ts';
import { err, ok, type Result } from '../../../shared/result.ts';
import type { EventRecipient } from '../connections/outbox.ts';
import { acceptsToken, type Stream } from '../streams/stream.ts';
import type { IdentifiedUpgrade } from './identify.ts';

/** `from` is the sequence of the last event that the client received. */
export type ResumeDecision =
  | { readonly as: 'begin' }
  | { readonly as: 'resume'; readonly from: number };

/** The stream that a session has at this hub. */
export type SessionStream = {
  readonly stream: Stream;
  readonly position: number;
  /** Absent if the hub noticed that it is lost. */
  readonly connection?: Pick<EventRecipient, 'state'> | undefined;
};

const BEGIN: ResumeDecision = { as: 'begin' };

/**
 * A client with a valid access token that cannot resume begins a stream. A client with a reconnection
 * token alone is refused then.
 *
 * @param epoch The epoch of the new connection. A stream with a newer connection refuses it.
 */
export function decideResume(
  upgrade: IdentifiedUpgrade,
  current: SessionStream | undefined,
  epoch: number,
): Result<ResumeDecision, ErrorCode> {
  if (current !== undefined && current.stream.epoch > epoch) return err('CONFLICT');
  const isOwn = current !== undefined && isOfSameUser(current.stream.principal, upgrade.principal);
  const from = isOwn ? resumesFrom(upgrade, current) : undefined;
  if (from !== undefined) return ok({ as: 'resume', from });
  return upgrade.tokenHash === undefined ? ok(BEGIN) : err('CONNECT_RECONNECTION_INVALID');
}

/**
 * A stream of an earlier version lacks the account behind a pairwise subject, and its events were counted
 * without those for the account.
 */
const isOfSameUser = (one: SessionPrincipal, other: SessionPrincipal): boolean =>
  one.subject === other.subject && one.userId === other.userId;

/** The sequence after which the client resumes. `undefined` if it cannot, or does not ask to. */
function resumesFrom(
  { parameters, tokenHash }: IdentifiedUpgrade,
  { stream, position, connection }: SessionStream,
): number | undefined {
  // Checked again: the token may have been used twice while the session was checked.
  if (tokenHash !== undefined && !acceptsToken(stream, tokenHash)) return undefined;
  const sent = stream.lost?.sequence ?? connection?.state.behind?.after ?? position;
  const fallback = tokenHash === undefined ? undefined : sent;
  const from = parameters.lastSequence ?? fallback;
  return from !== undefined && from <= position ? from : undefined;
}
