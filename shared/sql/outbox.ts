/**
 * Messages of a Durable Object to other parts of the system, delivered at least once.
 *
 * A delivery is added in the transaction of the change that it reports. It is sent again, after
 * pauses that double, until its destination has answered, it is given up, or it has expired.
 * Destinations must therefore take the same delivery twice without harm.
 *
 * @module
 */

import { type Clock, type Millis, seconds } from '../clock.ts';
import { within } from '../deadline.ts';
import type { Log } from '../telemetry/log.ts';

export type NewDelivery<Name extends string = string> = {
  readonly destination: Name;
  /** JSON. */
  readonly payload: unknown;
  readonly dueAt: Millis;
  /** When the delivery becomes pointless. `null` if it never does. */
  readonly expiresAt: Millis | null;
};

export type Delivery<Name extends string = string> = NewDelivery<Name> & {
  readonly seq: number;
  /** Failed attempts so far. */
  readonly attempts: number;
};

/** Where deliveries wait. Synchronous, because a Durable Object's SQLite is. */
export interface OutboxStore<Name extends string = string> {
  /** All of them, in the order in which they were added. */
  waiting(): readonly Delivery<Name>[];
  /** Gives the delivery a number that none had before. */
  add(delivery: NewDelivery<Name>): void;
  /** Adds a delivery in the place of all others to its destination. */
  replace(delivery: NewDelivery<Name>): void;
  /** Counts a failed attempt. Does nothing if the delivery is gone. */
  postpone(seq: number, dueAt: Millis): void;
  remove(seq: number): void;
}

/** A recipient of deliveries. */
export type Destination = {
  /** Sends deliveries. They count as delivered unless it rejects. */
  readonly send: (deliveries: readonly Delivery[]) => Promise<void>;
  /** How long one attempt may take. */
  readonly limit: Millis;
  /** The longest pause between two attempts. Without it, pauses double without end. */
  readonly longestPause?: Millis;
  /** The failed attempt after which a delivery is given up. Without it, none is. */
  readonly maxAttempts?: number;
  /**
   * Each delivery is a separate attempt, which only the timer starts and nobody waits for. Without
   * it, all deliveries that wait for the destination are sent in one attempt as soon as one of them
   * is due.
   */
  readonly isolated?: true;
  /** The prefix of its log events: `<event>.delivery_failed`, `<event>.given_up`. */
  readonly event: string;
  /** What the log may say of the first delivery of a failed attempt, or of all of them. */
  readonly describe?: (first: Delivery) => Readonly<Record<string, string>>;
};

export type OutboxParts<Name extends string> = {
  readonly store: OutboxStore<Name>;
  /** The object's timer `outbox`, whose handler is {@link Outbox.deliver}. */
  readonly timers: {
    set(name: 'outbox', at: Millis): Promise<void>;
    cancel(name: 'outbox'): Promise<void>;
  };
  readonly destinations: { readonly [N in Name]: Destination };
  readonly clock: Clock;
  readonly log: Log;
  /** Keeps the object alive for work that continues after the call or the alarm. */
  readonly waitUntil: (work: Promise<void>) => void;
};

/**
 * The timer fires this long after the limit of an attempt, in case the object ended during the
 * attempt.
 */
const SAFETY_MARGIN = seconds(1);

/**
 * Sends the deliveries of an {@link OutboxStore}, and repeats failed ones by the timer `outbox`.
 */
export class Outbox<Name extends string> {
  readonly #parts: OutboxParts<Name>;
  /** The `seq` of the deliveries that are being attempted. */
  readonly #underWay = new Set<number>();

  constructor(parts: OutboxParts<Name>) {
    this.#parts = parts;
  }

  /**
   * Sends the deliveries that were just added, except to isolated destinations, and waits for the
   * attempts. Call it in the same turn as the transaction that added them: the timer is then stored
   * together with them, so that no crash can lose a delivery. It does not fail if a destination
   * does.
   */
  async dispatch(): Promise<void> {
    await this.#deliver((destination) => destination.isolated !== true);
  }

  /**
   * The handler of the timer. Sends the deliveries that are due. It does not wait for isolated
   * destinations.
   */
  async deliver(): Promise<void> {
    await this.#deliver(() => true);
  }

  async #deliver(isMeant: (destination: Destination) => boolean): Promise<void> {
    const { destinations, waitUntil } = this.#parts;
    const batches = this.#dueBatches().filter(({ to }) => isMeant(destinations[to]));
    for (const { seq } of batches.flatMap((batch) => batch.deliveries)) this.#underWay.add(seq);
    // The timer is set before anything is sent, so that it wakes an object that ends meanwhile.
    await this.#schedule();
    const attempts: Promise<void>[] = [];
    for (const { to, deliveries } of batches) {
      const attempt = this.#attempt(to, deliveries);
      if (destinations[to].isolated === true) waitUntil(attempt.then(() => this.#schedule()));
      else attempts.push(attempt);
    }
    if (attempts.length === 0) return;
    await Promise.all(attempts);
    await this.#schedule();
  }

  #dueBatches(): readonly Batch<Name>[] {
    const { store, destinations, clock } = this.#parts;
    const now = clock();
    const waiting = store.waiting().filter(({ seq }) => !this.#underWay.has(seq));
    const expired = waiting.filter(({ expiresAt }) => expiresAt !== null && expiresAt <= now);
    for (const { seq } of expired) store.remove(seq);
    const byDestination = Map.groupBy(
      waiting.filter((delivery) => !expired.includes(delivery)),
      ({ destination }) => destination,
    );
    return [...byDestination].flatMap(([to, deliveries]): readonly Batch<Name>[] => {
      const due = deliveries.filter(({ dueAt }) => dueAt <= now);
      if (destinations[to].isolated === true)
        return due.map((each) => ({ to, deliveries: [each] }));
      return due.length === 0 ? [] : [{ to, deliveries }];
    });
  }

  async #attempt(to: Name, deliveries: readonly Delivery[]): Promise<void> {
    const { store, destinations } = this.#parts;
    const { send, limit } = destinations[to];
    try {
      await within(limit, send(deliveries));
      for (const { seq } of deliveries) store.remove(seq);
    } catch (error) {
      this.#failed(to, deliveries, error);
    } finally {
      for (const { seq } of deliveries) this.#underWay.delete(seq);
    }
  }

  #failed(to: Name, deliveries: readonly Delivery[], error: unknown): void {
    const { store, destinations, clock, log } = this.#parts;
    const { longestPause, maxAttempts = Infinity, event, describe } = destinations[to];
    for (const { seq, attempts } of deliveries) {
      if (attempts + 1 >= maxAttempts) store.remove(seq);
      else store.postpone(seq, clock() + retryPause(attempts + 1, longestPause));
    }
    const [first] = deliveries;
    const attempts = Math.min(...deliveries.map((delivery) => delivery.attempts)) + 1;
    const isLast = attempts >= maxAttempts;
    log({
      event: `${event}.${isLast ? 'given_up' : 'delivery_failed'}`,
      level: isLast ? 'error' : 'warn',
      ...(first && describe?.(first)),
      deliveries: deliveries.length,
      attempts,
      error: String(error),
    });
  }

  /**
   * Sets the timer for the first delivery that is due. One that is being attempted counts with the
   * end of its attempt.
   */
  async #schedule(): Promise<void> {
    const { store, timers, destinations, clock } = this.#parts;
    const now = clock();
    const times = store
      .waiting()
      .map(({ seq, destination, dueAt }) =>
        this.#underWay.has(seq) ? now + destinations[destination].limit + SAFETY_MARGIN : dueAt,
      );
    await (times.length === 0 ? timers.cancel('outbox') : timers.set('outbox', Math.min(...times)));
  }
}

/** How long to wait after the `attempts`-th failure: 1 s, doubling. */
export const retryPause = (attempts: number, longest: Millis = Infinity): Millis =>
  Math.min(longest, seconds(2 ** (attempts - 1)));

type Batch<Name extends string> = {
  readonly to: Name;
  readonly deliveries: readonly Delivery<Name>[];
};
