import { describe, expect, it } from 'vitest';

import { inParallel } from '../../../shared/in-parallel.ts';

describe('inParallel', () => {
  it('runs the given number at once, and returns the outcomes in order', async () => {
    let [running, most] = [0, 0];
    const outcomes = await inParallel([5, 1, 4, 2, 3], 2, async (n) => {
      running += 1;
      most = Math.max(most, running);
      for (let turn = 0; turn < n; turn += 1) await Promise.resolve();
      running -= 1;
      return n * 10;
    });
    expect(outcomes).toEqual([50, 10, 40, 20, 30]);
    expect(most).toBe(2);
  });

  it('tries every item before it fails', async () => {
    const tried: number[] = [];
    const work = async (n: number) => {
      tried.push(n);
      if (n < 3) throw new Error(`Cannot do ${n}`);
    };
    await expect(inParallel([1, 2, 3, 4], 1, work)).rejects.toThrow('Cannot do 1');
    expect(tried).toEqual([1, 2, 3, 4]);
    expect(await inParallel([], 4, work)).toEqual([]);
  });
});
