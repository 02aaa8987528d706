import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countMessage,
  newRateWindow,
  rolled,
} from '../../durable-objects/hub/connections/rate-window.ts';

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
  it('[H10] never counts more than the limit in one of its minutes', () => {
    fc.assert(
      fc.property(gaps, (steps) => {
        const minutes = Map.groupBy(admittedAt(steps), (at) => Math.floor(at / 60_000));
        for (const times of minutes.values()) expect(times.length).toBeLessThanOrEqual(LIMIT);
      }),
      { numRuns: 500 },
    );
  });

  it('[H10] counts everything of a client that keeps below half the limit', () => {
    const steady = fc.array(fc.integer({ min: 24_001, max: 60_000 }), { maxLength: 40 });
    fc.assert(
      fc.property(steady, (steps) => {
        expect(admittedAt(steps)).toHaveLength(steps.length);
      }),
    );
  });

  it('[H10] carries the share of the last minute that has not passed', () => {
    const burst = Array.from({ length: LIMIT }, () => 0);
    expect(admittedAt([59_999, ...burst.slice(1), 2])).toHaveLength(LIMIT);
    expect(admittedAt([0, ...burst.slice(1), 90_000, 0, 0, 0, 0])).toHaveLength(LIMIT + 2);
    expect(admittedAt([...burst, 120_000, ...burst])).toHaveLength(2 * LIMIT);
  });

  it('[H10] tells once in a minute, and again in the next', () => {
    const told = { ...newRateWindow(0), told: true };
    expect([rolled(told, 59_999).told, rolled(told, 60_000).told]).toEqual([true, false]);
  });

  it('[H10] survives a clock that goes back', () => {
    const window = { ...newRateWindow(100_000), count: 2, previous: 1 };
    expect(countMessage(window, 40_000, LIMIT)).toMatchObject({ start: 40_000, count: 3 });
    expect(countMessage({ ...window, count: 4 }, 40_000, LIMIT)).toBeUndefined();
  });
});
