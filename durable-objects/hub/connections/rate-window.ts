import { type Millis, minutes } from '../../../shared/clock.ts';

/**
 * Messages of one connection in the last minute, estimated from two counters: the share of the
 * previous window that still lies in the last minute, and all of this window.
 */
export type RateWindow = {
  readonly start: Millis;
  readonly count: number;
  readonly previous: number;
  /** Whether the client has been told, in this window, that it sends too much. */
  readonly told: boolean;
};

const WINDOW = minutes(1);

export const newRateWindow = (now: Millis): RateWindow => ({
  start: now,
  count: 0,
  previous: 0,
  told: false,
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
  const current = rolled(window, now);
  const carried = current.previous * (1 - (now - current.start) / WINDOW);
  const count = current.count + 1;
  return count + carried <= limit ? { ...current, count } : undefined;
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
    told: false,
  };
}
