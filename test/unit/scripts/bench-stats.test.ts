import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { poissonArrivals } from '../../../bench/load/arrivals.ts';
import { ascending, median, pairedRatio, quantile, spread } from '../../../bench/stats.ts';

describe('median', () => {
  it.each([
    [[7], 7],
    [[9, 1, 5], 5],
    [[4, 1, 3, 2], 2.5],
    [[1, 1, 1, 1_000], 1],
  ])('of %j returns %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it('refuses an empty series', () => {
    expect(() => median([])).toThrow(RangeError);
  });

  it('does not change its argument', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });
});

describe('quantile', () => {
  it('returns the nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
    expect(quantile(hundred, 0.99)).toBe(99);
    expect(quantile(hundred, 1)).toBe(100);
    expect(quantile(hundred, 0.001)).toBe(1);
  });

  it('returns one of the values, which at most the rest of them exceed', () => {
    const series = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(series, fc.constantFrom(0.01, 0.25, 0.9, 0.99, 1), (values, q) => {
        const sorted = values.toSorted(ascending);
        const found = quantile(sorted, q);
        const notAbove = sorted.filter((value) => value <= found).length;
        const below = sorted.filter((value) => value < found).length;
        expect(sorted).toContain(found);
        expect(notAbove / sorted.length).toBeGreaterThanOrEqual(q);
        expect(below / sorted.length).toBeLessThan(q);
      }),
    );
  });
});

describe('pairedRatio', () => {
  it('divides round by round, so that a slow round does not change it', () => {
    expect(pairedRatio([90, 9, 95], [100, 10, 100])).toEqual({ median: 0.9, min: 0.9, max: 0.95 });
  });

  it('refuses series of different lengths', () => {
    expect(() => pairedRatio([1, 2], [1])).toThrow('Cannot pair rounds: 2 and 1');
  });
});

it('spread() returns the median with the least and the greatest value', () => {
  expect(spread([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
});

function firstOf(count: number, perSecond: number, seed: number): number[] {
  const arrivals = poissonArrivals(perSecond, seed);
  return Array.from({ length: count }, () => arrivals.next().value);
}

describe('poissonArrivals', () => {
  it('returns ascending times at the mean rate', () => {
    const moments = firstOf(20_000, 1_000, 7);
    expect(moments).toEqual(moments.toSorted(ascending));
    expect((moments.at(-1) ?? 0) / 20_000).toBeCloseTo(1, 1);
  });

  it('has gaps as irregular as those of independent clients', () => {
    const moments = firstOf(20_000, 1_000, 7);
    const gaps = moments.map((moment, index) => moment - (moments[index - 1] ?? 0));
    const longer = gaps.filter((gap) => gap > 1).length / gaps.length;
    expect(longer).toBeCloseTo(Math.exp(-1), 1);
  });

  it('returns the same times for the same seed only', () => {
    expect(firstOf(50, 1_000, 1)).toEqual(firstOf(50, 1_000, 1));
    expect(firstOf(50, 1_000, 1)).not.toEqual(firstOf(50, 1_000, 2));
  });
});
