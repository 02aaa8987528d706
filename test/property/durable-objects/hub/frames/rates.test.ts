import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countMessage,
  excuseMessage,
  newRateWindow,
  refuseMessage,
  rolled,
  waitFor,
} from '../../../../../durable-objects/hub/frames/rates.ts';

const LIMIT = 5;
/** Milliseconds between messages. A few seconds let windows fill and roll. */
const gaps = fc.array(fc.nat(20_000), { minLength: 1, maxLength: 60, size: 'max' });

/** Sends messages at these intervals. Returns the times of those that were counted. */
function admittedAt(steps: readonly number[]): number[] {
  let window = newRateWindow(0);
  let now = 0;
  const times: number[] = [];
  for (const step of steps) {
    now += step;
    const next = countMessage(window, now, LIMIT);
    if (next === undefined) continue;
    window = next;
    times.push(now);
  }
  return times;
}

describe('the rate window', () => {
  it('[H15] counts at most the limit in each of its minutes', () => {
    fc.assert(
      fc.property(gaps, (steps) => {
        const minutes = Map.groupBy(admittedAt(steps), (at) => Math.floor(at / 60_000));
        for (const times of minutes.values()) expect(times.length).toBeLessThanOrEqual(LIMIT);
      }),
      { numRuns: 500 },
    );
  });

  it('[H15] counts every message of a client below half the limit', () => {
    const steady = fc.array(fc.integer({ min: 24_001, max: 60_000 }), { maxLength: 40 });
    fc.assert(
      fc.property(steady, (steps) => {
        expect(admittedAt(steps)).toHaveLength(steps.length);
      }),
    );
  });

  it('[H15] carries the share of the previous window that lies in the last minute', () => {
    const burst = Array.from({ length: LIMIT }, () => 0);
    expect(admittedAt([59_999, ...burst.slice(1), 2])).toHaveLength(LIMIT);
    expect(admittedAt([0, ...burst.slice(1), 90_000, 0, 0, 0, 0])).toHaveLength(LIMIT + 2);
    expect(admittedAt([...burst, 120_000, ...burst])).toHaveLength(2 * LIMIT);
  });

  it('[H15] tells the shortest wait after which a message is counted', () => {
    fc.assert(
      fc.property(gaps, fc.nat(20_000), (steps, last) => {
        let [window, now] = [newRateWindow(0), 0];
        for (const step of steps) {
          now += step;
          window = countMessage(window, now, LIMIT) ?? window;
        }
        now += last;
        const wait = waitFor(window, now, LIMIT);
        expect(wait === 0).toBe(countMessage(window, now, LIMIT) !== undefined);
        // The two are computed in different ways, so they may differ by a share of a message.
        expect(countMessage(window, now + wait + 1, LIMIT)).toBeDefined();
        if (wait > 2) expect(countMessage(window, now + wait - 2, LIMIT)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it('[H16] counts the refused messages of a window', () => {
    const refused = refuseMessage(refuseMessage(newRateWindow(0), 1), 59_999);
    expect(refused.refused).toBe(2);
    expect(refuseMessage(refused, 60_000).refused).toBe(1);
  });

  it('[H57] excuses counted messages up to the limit', () => {
    const counted = { ...newRateWindow(0), count: 3 };
    const excused = excuseMessage(excuseMessage(excuseMessage(counted, 2), 2), 2);
    expect(excused).toMatchObject({ count: 1, excused: 2 });
    expect(excuseMessage(newRateWindow(0), 2)).toMatchObject({ count: 0, excused: 0 });
    expect(rolled(excused, 60_000)).toMatchObject({ previous: 1, excused: 0 });
  });

  it('[H15] works when the clock goes back', () => {
    const window = { ...newRateWindow(100_000), count: 2, previous: 1 };
    expect(countMessage(window, 40_000, LIMIT)).toMatchObject({ start: 40_000, count: 3 });
    expect(countMessage({ ...window, count: 4 }, 40_000, LIMIT)).toBeUndefined();
  });
});
