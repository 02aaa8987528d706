/**
 * Decides who waits for a seat and who is admitted. `SPEC.md` numbers the rules.
 *
 * A session is admitted when it asks while fewer sessions wait before it than there are free seats.
 * So the lifetime of a grant begins when its session gets it, and a seat that becomes free costs no
 * write until a session takes it.
 *
 * @module
 */

import { type Millis, seconds } from '../../shared/clock.ts';
import type { QueueAnswer, QueueStatus } from '../../shared/contracts/connect/queue-rpc.ts';

type Owned = {
  readonly sessionId: string;
  /** Whose session it is. Empty if the version before stored it. */
  readonly userId: string;
};

export type Waiting = Owned & {
  readonly as: 'waiting';
  readonly place: number;
  /** When the session joined, and at which position. */
  readonly joinedAt: Millis;
  readonly position: number;
  readonly until: Millis;
};

export type Granted = Owned & {
  readonly as: 'granted';
  /** Where it waited; 0 if it did not have to. */
  readonly place: number;
  readonly grantId: string;
  readonly until: Millis;
};

/** A connection that holds its session's seat, at the latest until its token expires. */
export type Holder = { readonly id: string; readonly until: Millis };

export type Seated = Owned & {
  readonly as: 'seated';
  /** Empty while the seat is kept for a session that may come back. */
  readonly holders: readonly Holder[];
  readonly until: Millis;
};

/** The place, grant or seat of a session, which expires at `until`. */
export type Entry = Waiting | Granted | Seated;

/** The settings that an administrator changed. */
export type Overrides = {
  /** `null`: as in the settings. */
  readonly capacity: number | null;
  readonly paused: boolean;
  /** Sessions up to this place are admitted whatever the capacity. */
  readonly releasedTo: number;
};

/**
 * The store of entries. It does not compare times, so expired entries are found and counted like
 * others.
 */
export interface QueueStore {
  find(sessionId: string): Entry | undefined;
  /** Replaces the entry of the session. A new place must be larger than every other. */
  save(entry: Entry): void;
  remove(sessionId: string): void;
  removeExpired(at: Millis, limit: number): void;
  nextExpiry(): Millis | undefined;
  waiting(): number;
  /** The number of seats and grants. */
  held(): number;
  /** What a user has that has not expired: places, grants and seats. */
  countOf(userId: string, now: Millis): number;
  /** How many wait before a place. */
  ahead(place: number): number;
  /** The place before which so many sessions wait. */
  placeAt(ahead: number): number | undefined;
  /** The last place. 0 if nobody waits. */
  lastPlace(): number;
  overrides(): Overrides;
  saveOverrides(overrides: Overrides): void;
}

export type QueueSettings = {
  readonly capacity: number;
  readonly grantLife: Millis;
  /** Places, grants and seats of one user. */
  readonly perUser: number;
};

/** The queue at the moment of one call. */
export type Queue = {
  readonly store: QueueStore;
  readonly settings: QueueSettings;
  readonly waitingTimes: Pick<WaitingTimes, 'record' | 'etaSeconds'>;
  readonly now: Millis;
  readonly newGrantId: () => string;
};

const PLACE_LIFE = seconds(120);
/** The expiry of a place is stored again only after this time, to save writes. */
const RENEWAL = seconds(30);
const MOST_WAITING = 50_000;
/** The id that a session with a seat gets, which needs no grant. It identifies none. */
const NO_GRANT = '';

/** Admits a session, or gives it a place, or finds what it has [Q3]. */
export function ask(queue: Queue, sessionId: string, userId = ''): QueueAnswer {
  const entry = live(queue, sessionId);
  if (entry === undefined) return join(queue, { sessionId, userId });
  if (entry.as === 'waiting') return proceed(queue, entry);
  if (entry.as === 'granted') return grantAnswer(entry, queue);
  const until = Math.min(entry.until, queue.now + queue.settings.grantLife);
  return grantAnswer({ grantId: NO_GRANT, until }, queue);
}

/**
 * As {@link ask}, but only for a session that has this place, or the grant it received for it [Q6].
 */
export function askAgain(queue: Queue, sessionId: string, place: number): QueueAnswer {
  const entry = live(queue, sessionId);
  const isSame = entry !== undefined && entry.as !== 'seated' && entry.place === place;
  return isSame ? ask(queue, sessionId) : { as: 'lost' };
}

/** Gives up a place or a grant, but no seat [Q7]. */
export function giveUp({ store }: Pick<Queue, 'store'>, sessionId: string, place?: number): void {
  const entry = store.find(sessionId);
  if (entry === undefined || entry.as === 'seated') return;
  if (place === undefined || entry.place === place) store.remove(sessionId);
}

/** Admits the next sessions that wait, even beyond the capacity [Q16]. Returns how many. */
export function release(
  { store, settings }: Pick<Queue, 'store' | 'settings'>,
  count: number,
): number {
  const admitted = admittedNow(store, settings);
  const last = Math.min(admitted + count, store.waiting());
  const place = store.placeAt(last - 1);
  if (last <= admitted || place === undefined) return 0;
  store.saveOverrides({ ...store.overrides(), releasedTo: place });
  return last - admitted;
}

export function statusOf({
  store,
  settings,
  waitingTimes,
}: Pick<Queue, 'store' | 'settings' | 'waitingTimes'>): QueueStatus {
  const waiting = store.waiting();
  return {
    open: waiting < freeSeats(store, settings),
    waiting,
    held: store.held(),
    capacity: capacityOf(store, settings),
    paused: store.overrides().paused,
    etaSeconds: waitingTimes.etaSeconds(waiting + 1),
  };
}

function join(queue: Queue, owned: Owned): QueueAnswer {
  const { store, settings, now } = queue;
  const { userId } = owned;
  const most = settings.perUser;
  if (userId !== '' && store.countOf(userId, now) >= most) return { as: 'too_many', most };
  const ahead = store.waiting();
  if (ahead < freeSeats(store, settings)) return grant(queue, owned, 0);
  if (ahead >= MOST_WAITING) return { as: 'full' };
  // The time makes places grow even after the queue was empty in between.
  const place = Math.max(now, store.lastPlace() + 1, store.overrides().releasedTo + 1);
  const until = now + PLACE_LIFE + RENEWAL;
  store.save({ as: 'waiting', ...owned, place, joinedAt: now, position: ahead + 1, until });
  return describe(queue, place, ahead);
}

function proceed(queue: Queue, entry: Waiting): QueueAnswer {
  const { store, settings, waitingTimes, now } = queue;
  const ahead = store.ahead(entry.place);
  const isReleased = entry.place <= store.overrides().releasedTo;
  if (isReleased || ahead < freeSeats(store, settings)) {
    waitingTimes.record(now - entry.joinedAt, entry.position);
    return grant(queue, entry, entry.place);
  }
  if (entry.until < now + PLACE_LIFE) {
    store.save({ ...entry, until: now + PLACE_LIFE + RENEWAL });
  }
  return describe(queue, entry.place, ahead);
}

function grant(queue: Queue, { sessionId, userId }: Owned, place: number): QueueAnswer {
  const { store, settings, now, newGrantId } = queue;
  const until = now + settings.grantLife;
  const granted: Granted = {
    as: 'granted',
    sessionId,
    userId,
    place,
    grantId: newGrantId(),
    until,
  };
  store.save(granted);
  return grantAnswer(granted, queue);
}

const grantAnswer = (
  { grantId, until }: Pick<Granted, 'grantId' | 'until'>,
  { now }: Pick<Queue, 'now'>,
): QueueAnswer => ({
  as: 'granted',
  grantId,
  expiresIn: Math.floor((until - now) / seconds(1)),
});

function describe({ waitingTimes }: Queue, place: number, ahead: number): QueueAnswer {
  const position = ahead + 1;
  return {
    as: 'waiting',
    place,
    position,
    etaSeconds: waitingTimes.etaSeconds(position),
    retryAfterSeconds: Math.min(60, Math.max(3, Math.ceil(position / 10))),
  };
}

/** The entry of a session at this moment. An expired one is removed. */
function live({ store, now }: Queue, sessionId: string): Entry | undefined {
  const entry = store.find(sessionId);
  if (entry === undefined || entry.until > now) return entry;
  store.remove(sessionId);
  return undefined;
}

const capacityOf = (store: QueueStore, { capacity }: QueueSettings): number =>
  store.overrides().capacity ?? capacity;

/** The number of seats for sessions that wait. */
const freeSeats = (store: QueueStore, settings: QueueSettings): number =>
  store.overrides().paused ? 0 : capacityOf(store, settings) - store.held();

/** How many of the waiting sessions, from the first on, are admitted when they next ask. */
function admittedNow(store: QueueStore, settings: QueueSettings): number {
  const released = store.ahead(store.overrides().releasedTo + 1);
  return Math.max(released, Math.min(freeSeats(store, settings), store.waiting()));
}

const SAMPLES = 31;
/** No estimate is made from fewer samples. */
const FEWEST_SAMPLES = 3;

/**
 * How long recently admitted sessions waited per position. It is only an estimate, so it may be
 * lost when the object is evicted.
 */
export class WaitingTimes {
  readonly #perPosition: Millis[] = [];

  /** Counts a session that was admitted after it had waited from this position. */
  record(waited: Millis, position: number): void {
    this.#perPosition.push(waited / position);
    if (this.#perPosition.length > SAMPLES) this.#perPosition.shift();
  }

  /** The estimated waiting time at a position. `null` if too few sessions were admitted. */
  etaSeconds(position: number): number | null {
    if (this.#perPosition.length < FEWEST_SAMPLES) return null;
    const sorted = this.#perPosition.toSorted((a, b) => a - b);
    const median = sorted[sorted.length >>> 1] ?? 0;
    return Math.max(1, Math.ceil((position * median) / seconds(1)));
  }
}
