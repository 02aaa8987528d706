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
/** Milliseconds between messages: a few seconds, so that windows fill and roll. */
const gaps = fc.array(fc.nat(20_000), { minLength: 1, maxLength: 60, size: 'max' });

/** Sends messages at these gaps; returns when those that were counted came. */
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
  it('[H15] never counts more than the limit in one of its minutes', () => {
    fc.assert(
      fc.property(gaps, (steps) => {
        const minutes = Map.groupBy(admittedAt(steps), (at) => Math.floor(at / 60_000));
        for (const times of minutes.values()) expect(times.length).toBeLessThanOrEqual(LIMIT);
      }),
      { numRuns: 500 },
    );
  });

  it('[H15] counts everything of a client that keeps below half the limit', () => {
    const steady = fc.array(fc.integer({ min: 24_001, max: 60_000 }), { maxLength: 40 });
    fc.assert(
      fc.property(steady, (steps) => {
        expect(admittedAt(steps)).toHaveLength(steps.length);
      }),
    );
  });

  it('[H15] carries the share of the last minute that has not passed', () => {
    const burst = Array.from({ length: LIMIT }, () => 0);
    expect(admittedAt([59_999, ...burst.slice(1), 2])).toHaveLength(LIMIT);
    expect(admittedAt([0, ...burst.slice(1), 90_000, 0, 0, 0, 0])).toHaveLength(LIMIT + 2);
    expect(admittedAt([...burst, 120_000, ...burst])).toHaveLength(2 * LIMIT);
  });

  it('[H15] says how long to wait: so long, and not a millisecond longer than needed', () => {
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
        // A share of a message: the two are computed in different ways.
        expect(countMessage(window, now + wait + 1, LIMIT)).toBeDefined();
        if (wait > 2) expect(countMessage(window, now + wait - 2, LIMIT)).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  it('[H16] counts what it refused, in one minute', () => {
    const refused = refuseMessage(refuseMessage(newRateWindow(0), 1), 59_999);
    expect(refused.refused).toBe(2);
    expect(refuseMessage(refused, 60_000).refused).toBe(1);
  });

  it('[H57] excuses as many as it may, and only what was counted', () => {
    const counted = { ...newRateWindow(0), count: 3 };
    const excused = excuseMessage(excuseMessage(excuseMessage(counted, 2), 2), 2);
    expect(excused).toMatchObject({ count: 1, excused: 2 });
    expect(excuseMessage(newRateWindow(0), 2)).toMatchObject({ count: 0, excused: 0 });
    expect(rolled(excused, 60_000)).toMatchObject({ previous: 1, excused: 0 });
  });

  it('[H15] survives a clock that goes back', () => {
    const window = { ...newRateWindow(100_000), count: 2, previous: 1 };
    expect(countMessage(window, 40_000, LIMIT)).toMatchObject({ start: 40_000, count: 3 });
    expect(countMessage({ ...window, count: 4 }, 40_000, LIMIT)).toBeUndefined();
  });
});
