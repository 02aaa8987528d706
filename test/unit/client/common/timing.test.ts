import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { fullJitter, pause } from '../../../../client/src/common/timing.ts';

describe('fullJitter', () => {
  it('returns less than a bound that doubles with every failure, up to the cap', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (failures, random) => {
          const wait = fullJitter(failures, random);
          expect(wait).toBeGreaterThanOrEqual(0);
          expect(wait).toBeLessThan(Math.min(30_000, 250 * 2 ** (failures - 1)));
        },
      ),
    );
  });

  it('covers the whole range', () => {
    expect(fullJitter(1, 0)).toBe(0);
    expect(fullJitter(1, 0.999)).toBeCloseTo(250, 0);
    expect(fullJitter(4, 0.5)).toBe(1_000);
    expect(fullJitter(50, 0.5)).toBe(15_000);
  });
});

describe('pause', () => {
  it('ends at once when it is aborted, before or while it waits', async () => {
    await pause(1e9, AbortSignal.abort());
    const abort = new AbortController();
    const paused = pause(1e12, abort.signal);
    abort.abort();
    await paused;
  });
});
