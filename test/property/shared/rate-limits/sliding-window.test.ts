import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { SlidingWindow } from '../../../../shared/rate-limits/sliding-window.ts';

const LENGTH = 100;

/** Moments in order, close enough together that limits matter. */
const moments = fc
  .array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 200, size: 'max' })
  .map((gaps) => gaps.reduce<number[]>((all, gap) => [...all, (all.at(-1) ?? 1_000) + gap], []));

const limits = fc.integer({ min: 1, max: 6 });

function admitted(limit: number, times: readonly number[]): number[] {
  const window = new SlidingWindow(limit, LENGTH);
  return times.filter((now) => {
    const usage = window.usage('k', now);
    if (window.retryAfter(usage, now) > 0) return false;
    usage.current += 1;
    return true;
  });
}

describe('SlidingWindow', () => {
  it('never admits more than its limit in a fixed window, nor twice that in a sliding one', () => {
    fc.assert(
      fc.property(limits, moments, (limit, times) => {
        const taken = admitted(limit, times);
        for (const from of taken) {
          const slot = Math.floor(from / LENGTH);
          const fixed = taken.filter((at) => Math.floor(at / LENGTH) === slot);
          const sliding = taken.filter((at) => at >= from && at < from + LENGTH);
          expect(fixed.length).toBeLessThanOrEqual(limit);
          expect(sliding.length).toBeLessThan(Math.max(2, 2 * limit));
        }
      }),
    );
  });

  it('never refuses a client that stays below the limit in every sliding window', () => {
    fc.assert(
      fc.property(limits, fc.nat({ max: 50 }), (limit, more) => {
        const gap = Math.ceil((2 * LENGTH) / limit) + more;
        const times = Array.from({ length: 50 }, (_, n) => 1_000 + n * gap);
        expect(admitted(limit, times)).toEqual(times);
      }),
    );
  });

  it('admits after exactly the time it names, and not before', () => {
    fc.assert(
      fc.property(limits, moments, (limit, times) => {
        const window = new SlidingWindow(limit, LENGTH);
        for (const now of times) {
          const usage = window.usage('k', now);
          if (window.retryAfter(usage, now) === 0) usage.current += 1;
        }
        const last = times.at(-1) ?? 0;
        const wait = window.retryAfter(window.usage('k', last), last);
        fc.pre(wait > 0);
        const [before, after] = [last + wait - 0.01, last + wait + 0.01];
        expect(window.retryAfter(window.usage('k', before), before)).toBeGreaterThan(0);
        expect(window.retryAfter(window.usage('k', after), after)).toBe(0);
      }),
    );
  });
});
