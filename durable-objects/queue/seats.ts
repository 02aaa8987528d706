import { type Millis, seconds } from '../../shared/clock.ts';
import type { SeatRequest } from '../../shared/contracts/queue-rpc.ts';
import type { QueueStore, Seated } from './queue.ts';

const SEAT_GRACE = seconds(120);

type Store = Pick<QueueStore, 'find' | 'save'>;

/** Takes the seat that a grant gives, or takes over the session's own [Q11] [Q12]. */
export function takeSeat(
  store: Store,
  { sessionId, grantId, holder, until }: SeatRequest,
  now: Millis,
): boolean {
  const entry = store.find(sessionId);
  if (entry === undefined || entry.until <= now || entry.as === 'waiting') return false;
  if (entry.as === 'granted' && entry.grantId !== grantId) return false;
  store.save({ as: 'seated', sessionId, holder, until });
  return true;
}

/** Extends a seat, for the connection that took it last [Q14]. */
export function renewSeat(store: Store, holding: Holding, until: Millis, now: Millis): boolean {
  const seat = seatOf(store, holding, now);
  if (seat !== undefined) store.save({ ...seat, until });
  return seat !== undefined;
}

/** Keeps a seat for who comes back, for the connection that took it last [Q13]. */
export function leaveSeat(store: Store, holding: Holding, now: Millis): void {
  const seat = seatOf(store, holding, now);
  // Nobody holds it now: to say it again extends nothing.
  if (seat !== undefined) store.save({ ...seat, holder: '', until: now + SEAT_GRACE });
}

export type Holding = Pick<SeatRequest, 'sessionId' | 'holder'>;

function seatOf(store: Store, { sessionId, holder }: Holding, now: Millis): Seated | undefined {
  const entry = store.find(sessionId);
  const isHeld = entry?.as === 'seated' && entry.holder === holder && holder !== '';
  return isHeld && entry.until > now ? entry : undefined;
}
