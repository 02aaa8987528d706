import { type Clock, type Millis, minutes } from '../../../shared/clock.ts';

/**
 * Messages of one connection in the last minute, estimated from two counters: the share of the
 * previous window that still lies in the last minute, and all of this window.
 */
export type RateWindow = {
  readonly start: Millis;
  readonly count: number;
  readonly previous: number;
  /** Messages of this window that were too many. */
  readonly refused: number;
  /** Messages of this window that were taken back from `count`. */
  readonly excused: number;
};

const WINDOW = minutes(1);

export const newRateWindow = (now: Millis): RateWindow => ({
  start: now,
  count: 0,
  previous: 0,
  refused: 0,
  excused: 0,
});

/**
 * Counts one more message if `limit` allows it. What is refused is not counted, so a client that
 * slows down is served again.
 *
 * @returns The window to keep, or `undefined` if the message is one too many.
 */
export function countMessage(
  window: RateWindow,
  now: Millis,
  limit: number,
): RateWindow | undefined {
  const { start, count, previous, refused, excused } = rolled(window, now);
  const carried = previous * (1 - (now - start) / WINDOW);
  if (count + 1 + carried > limit) return undefined;
  // Not spread from what it was: this happens for every message.
  return { start, count: count + 1, previous, refused, excused };
}

/** The window that `now` lies in. */
export function rolled(window: RateWindow, now: Millis): RateWindow {
  // A clock that went back would make the share of the previous window larger than one.
  const elapsed = Math.max(0, Math.floor((now - window.start) / WINDOW));
  if (elapsed === 0) return now < window.start ? { ...window, start: now } : window;
  return {
    start: window.start + elapsed * WINDOW,
    count: 0,
    previous: elapsed === 1 ? window.count : 0,
    refused: 0,
    excused: 0,
  };
}

/** Notes one more message that was too many. */
export function refuseMessage(window: RateWindow, now: Millis): RateWindow {
  const current = rolled(window, now);
  return { ...current, refused: current.refused + 1 };
}

/** Takes back a message that was counted, of a kind of which `limit` cost nothing. */
export const excuseMessage = (window: RateWindow, limit: number): RateWindow =>
  window.excused < limit && window.count > 0
    ? { ...window, count: window.count - 1, excused: window.excused + 1 }
    : window;

/** How long a message has to wait to be counted, if no other comes. */
export function waitFor(window: RateWindow, now: Millis, limit: number): Millis {
  const { start, count, previous } = rolled(window, now);
  // As in `countMessage`: the share of the window before has to shrink, and if this window is full
  // that is the next one, which carries this.
  const at =
    count < limit
      ? start + shrinkTime(previous, limit - count - 1)
      : start + WINDOW + shrinkTime(count, limit - 1);
  return Math.max(0, Math.ceil(at - now));
}

/** When of `carried` messages no more than `room` lie in the last minute. */
const shrinkTime = (carried: number, room: number): Millis =>
  carried <= room ? 0 : WINDOW * (1 - room / carried);

/**
 * What sessions sent whose connections are gone, so that nobody gets a new minute by connecting
 * again. In memory only: a hub that sleeps has not been overrun for a while.
 */
export class SessionRates {
  readonly #clock: Clock;
  /** The one that was kept last is last. */
  readonly #kept = new Map<string, RateWindow>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  keep(sessionId: string, rate: RateWindow): void {
    this.#kept.delete(sessionId);
    this.#kept.set(sessionId, rate);
    for (const [oldest, kept] of this.#kept) {
      if (!this.#isOver(kept)) break;
      this.#kept.delete(oldest);
    }
  }

  of(sessionId: string): RateWindow | undefined {
    return this.#kept.get(sessionId);
  }

  /** Whether nothing of it lies in the last minute. */
  #isOver(rate: RateWindow): boolean {
    const { count, previous, refused } = rolled(rate, this.#clock());
    return count + previous + refused === 0;
  }
}
