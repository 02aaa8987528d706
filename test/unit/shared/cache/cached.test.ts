import { describe, expect, it } from 'vitest';

import { cached, cachedUntil } from '../../../../shared/cache/cached.ts';

describe('cached', () => {
  it('makes the value once', async () => {
    let made = 0;
    const read = cached(async () => (made += 1));
    expect([await read(), await read(), await read()]).toEqual([1, 1, 1]);
  });

  it('makes the value again after a failure', async () => {
    let tries = 0;
    const read = cached(async () => {
      tries += 1;
      if (tries === 1) throw new Error('Cannot make it: a test says so');
      return tries;
    });
    await expect(read()).rejects.toThrow('a test says so');
    expect(await read()).toBe(2);
  });

  it('shares results between requests, but never a promise', async () => {
    const pending: ((value: number) => void)[] = [];
    const read = cached(() => new Promise<number>((resolve) => pending.push(resolve)));
    const [first, second] = [read(), read()];
    expect(pending).toHaveLength(2);
    pending[0]?.(1);
    expect(await first).toBe(1);
    expect(await read()).toBe(1);
    pending[1]?.(2);
    expect(await second).toBe(2);
  });
});

describe('cachedUntil', () => {
  it('returns a value until it expires, and then loads another', async () => {
    const read = cachedUntil(
      async (now) => now,
      (_, requestedAt) => requestedAt + 10,
    );
    expect([await read(0), await read(9), await read(10), await read(19)]).toEqual([0, 0, 10, 10]);
  });

  it('does not cache a value that has expired already', async () => {
    const read = cachedUntil(
      async (now) => now,
      (_, requestedAt) => requestedAt,
    );
    expect([await read(1), await read(2)]).toEqual([1, 2]);
  });

  it('does not fall back on an expired value', async () => {
    const read = cachedUntil(
      async (now) => (now < 10 ? now : Promise.reject(new Error('Cannot load: a test says so'))),
      () => 10,
    );
    expect(await read(0)).toBe(0);
    await expect(read(10)).rejects.toThrow('a test says so');
  });
});
