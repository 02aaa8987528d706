import type { ErrorCode } from '../../../shared/contracts/http/error-codes.ts';
import { err, ok, type Result } from '../../../shared/result.ts';
import type { Listener } from '../streams/deliver.ts';
import { accepts, type Stream } from '../streams/stream.ts';
import type { Upgrade } from './upgrade.ts';

/** Whether a connection begins a stream, or goes on with one after the event that it knows. */
export type Course = { readonly as: 'begin' } | { readonly as: 'resume'; readonly from: number };

/** Where a session's stream is, if it has one here. */
export type Standing = {
  readonly stream: Stream;
  readonly position: number;
  /** Which the hub takes for open. */
  readonly connection?: Pick<Listener, 'state'> | undefined;
};

const BEGIN: Course = { as: 'begin' };

/**
 * What becomes of a client that was let in. Who shows a valid access token and cannot go on begins
 * anew; who shows a reconnection token alone cannot.
 *
 * @param epoch Of the new connection: the newest of a session wins, and a stream may have a newer.
 */
export function chooseCourse(
  upgrade: Upgrade,
  standing: Standing | undefined,
  epoch: number,
): Result<Course, ErrorCode> {
  if (standing !== undefined && standing.stream.epoch > epoch) return err('CONFLICT');
  const isOwn = standing?.stream.principal.subject === upgrade.principal.subject;
  const from = isOwn ? whereFrom(upgrade, standing) : undefined;
  if (from !== undefined) return ok({ as: 'resume', from });
  return upgrade.tokenHash === undefined ? ok(BEGIN) : err('CONNECT_RECONNECTION_INVALID');
}

/** After which event the client goes on. `undefined` if it cannot, or does not want to. */
function whereFrom(
  { arrival, tokenHash }: Upgrade,
  { stream, position, connection }: Standing,
): number | undefined {
  // Looked at again: it may have been used twice while the session was judged.
  if (tokenHash !== undefined && !accepts(stream, tokenHash)) return undefined;
  const sent = stream.lost?.sequence ?? connection?.state.behind?.after ?? position;
  const noticed = tokenHash === undefined ? undefined : sent;
  const from = arrival.lastSequence ?? noticed;
  return from !== undefined && from <= position ? from : undefined;
}
