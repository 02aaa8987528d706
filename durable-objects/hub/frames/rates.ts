/**
 * How many messages a session sends in a minute: rule [H15].
 *
 * @module
 */

import { type Clock, type Millis, minutes } from '../../../shared/clock.ts';

/**
 * Messages of the last minute, estimated from two counters: all of the current window, and the share
 * of the previous window that still lies in the last minute.
 */
export type RateWindow = {
  readonly start: Millis;
  readonly count: number;
  readonly previous: number;
  /** Messages of this window that were above the limit. */
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
 * Counts one more message if `limit` allows it. A refused message is not counted, so a client that
 * slows down is served again.
 *
 * @returns The next window, or `undefined` if the message is above the limit.
 */
export function countMessage(
  window: RateWindow,
  now: Millis,
  limit: number,
): RateWindow | undefined {
  const { start, count, previous, refused, excused } = rolled(window, now);
  const carried = previous * (1 - (now - start) / WINDOW);
  if (count + 1 + carried > limit) return undefined;
  // Members are named, not spread: spreading costs time, and this runs for every message.
  return { start, count: count + 1, previous, refused, excused };
}

/** The window that `now` lies in. */
export function rolled(window: RateWindow, now: Millis): RateWindow {
  // If the clock went back, the share of the previous window would exceed one.
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

/** Counts one more refused message. */
export function refuseMessage(window: RateWindow, now: Millis): RateWindow {
  const current = rolled(window, now);
  return { ...current, refused: current.refused + 1 };
}

/** Takes a counted message back, if fewer than `limit` of this window have been taken back. */
export const excuseMessage = (window: RateWindow, limit: number): RateWindow =>
  window.excused < limit && window.count > 0
    ? { ...window, count: window.count - 1, excused: window.excused + 1 }
    : window;

/** How long a client has to wait until its next message is counted, if it sends none before. */
export function waitFor(window: RateWindow, now: Millis, limit: number): Millis {
  const { start, count, previous } = rolled(window, now);
  // The carried share of `countMessage` has to shrink. If this window is full, the wait ends in the
  // next window, which carries the count of this one.
  const at =
    count < limit
      ? start + shrinkTime(previous, limit - count - 1)
      : start + WINDOW + shrinkTime(count, limit - 1);
  return Math.max(0, Math.ceil(at - now));
}

/** After which time no more than `room` of `carried` messages lie in the last minute. */
const shrinkTime = (carried: number, room: number): Millis =>
  carried <= room ? 0 : WINDOW * (1 - room / carried);

/**
 * The rate windows of sessions whose connections have closed, so that connecting again begins no new
 * minute. In memory only: a hub that hibernated has not been overrun in the last minute.
 */
export class SessionRates {
  readonly #clock: Clock;
  /** Ordered by the time of the last {@link save}. */
  readonly #windows = new Map<string, RateWindow>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  save(sessionId: string, rate: RateWindow): void {
    this.#windows.delete(sessionId);
    this.#windows.set(sessionId, rate);
    for (const [oldest, window] of this.#windows) {
      if (!this.#isOver(window)) break;
      this.#windows.delete(oldest);
    }
  }

  find(sessionId: string): RateWindow | undefined {
    return this.#windows.get(sessionId);
  }

  /** Whether no message of the window lies in the last minute. */
  #isOver(window: RateWindow): boolean {
    const { count, previous, refused } = rolled(window, this.#clock());
    return count + previous + refused === 0;
  }
}
