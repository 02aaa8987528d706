import { describe, expect, it } from 'vitest';

import { TokenCache } from '../../../../shared/cache/token-cache.ts';

describe('TokenCache', () => {
  it('holds at most two generations, and keeps tokens that are used', () => {
    const cache = new TokenCache<number>({ entries: 10, characters: 1_000 });
    cache.set('kept', 0);
    for (let n = 1; n <= 1_000; n += 1) {
      cache.set(`t${n}`, n);
      expect(cache.get('kept')).toBe(0);
      expect(cache.size).toBeLessThanOrEqual(20);
    }
    expect(cache.get('t1')).toBeUndefined();
    expect(cache.get('t1000')).toBe(1_000);
  });

  it('is bounded by characters as well', () => {
    const cache = new TokenCache<number>({ entries: 1_000, characters: 100 });
    for (let n = 0; n < 50; n += 1) cache.set(String(n).padStart(40, 'x'), n);
    expect(cache.size).toBeLessThanOrEqual(4);
  });

  it('forgets what is deleted, in either generation', () => {
    const cache = new TokenCache<number>({ entries: 1, characters: 1_000 });
    cache.set('old', 1);
    cache.set('young', 2);
    cache.delete('old');
    cache.delete('young');
    expect([cache.get('old'), cache.get('young')]).toEqual([undefined, undefined]);
  });
});
