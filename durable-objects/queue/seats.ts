import { type Millis, seconds } from '../../shared/clock.ts';
import type { SeatRequest } from '../../shared/contracts/connect/queue-rpc.ts';
import type { Holder, QueueStore, Seated } from './queue.ts';

const SEAT_GRACE = seconds(120);
/**
 * How many holders of one seat are stored. All but one of their connections are ending, or refused.
 */
const MOST_HOLDERS = 8;

type Store = Pick<QueueStore, 'find' | 'save'>;

/** Takes a seat by a grant, or adds a holder to the session's own [Q11] [Q12]. */
export function takeSeat(
  store: Store,
  { sessionId, grantId, holder: id, until }: SeatRequest,
  now: Millis,
): boolean {
  const entry = store.find(sessionId);
  if (entry === undefined || entry.until <= now || entry.as === 'waiting') return false;
  if (entry.as === 'granted' && entry.grantId !== grantId) return false;
  const others = entry.as === 'seated' ? entry.holders.filter((each) => each.until > now) : [];
  const holders = [...others, { id, until }].slice(-MOST_HOLDERS);
  const { userId } = entry;
  store.save({ as: 'seated', sessionId, userId, holders, until: latest(holders) });
  return true;
}

/** Extends a seat for one of the connections that hold it [Q14]. */
export function renewSeat(store: Store, holding: Holding, until: Millis, now: Millis): boolean {
  const seat = seatOf(store, holding, now);
  if (seat === undefined) return false;
  const holders = [...withoutHolder(seat, holding), { id: holding.holder, until }];
  store.save({ ...seat, holders, until: latest(holders) });
  return true;
}

/** Reserves a seat for its session, unless another connection of the session holds it [Q13]. */
export function leaveSeat(store: Store, holding: Holding, now: Millis): void {
  const seat = seatOf(store, holding, now);
  if (seat === undefined) return;
  const holders = withoutHolder(seat, holding);
  store.save({ ...seat, holders, until: Math.max(now + SEAT_GRACE, latest(holders)) });
}

export type Holding = Pick<SeatRequest, 'sessionId' | 'holder'>;

/**
 * The seat, if this connection holds it. So reporting the loss of a connection twice extends
 * nothing.
 */
function seatOf(store: Store, { sessionId, holder }: Holding, now: Millis): Seated | undefined {
  const entry = store.find(sessionId);
  if (entry?.as !== 'seated' || entry.until <= now) return undefined;
  const own = entry.holders.find(({ id }) => id === holder);
  return own !== undefined && own.until > now ? entry : undefined;
}

const withoutHolder = ({ holders }: Seated, { holder }: Holding): readonly Holder[] =>
  holders.filter(({ id }) => id !== holder);

const latest = (holders: readonly Holder[]): Millis =>
  holders.reduce((until, each) => Math.max(until, each.until), 0);
