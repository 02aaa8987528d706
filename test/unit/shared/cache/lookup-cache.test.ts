import { describe, expect, it } from 'vitest';

import { LookupCache, type LookupCacheOptions } from '../../../../shared/cache/lookup-cache.ts';

/** A source whose answers a test sets, and a clock that the test moves. */
class SourceFixture {
  now = 1_000_000;
  loads = 0;
  answer: string | undefined | Error = 'first';
  readonly cache: LookupCache<string>;

  constructor(options: Partial<LookupCacheOptions<string>> = {}) {
    this.cache = new LookupCache({ entries: 10, freshFor: 100, ...options }, () => this.now);
  }

  readonly load = async (): Promise<string | undefined> => {
    this.loads += 1;
    if (this.answer instanceof Error) throw this.answer;
    return this.answer;
  };

  find(key = 'key'): Promise<string | undefined> {
    return this.cache.find(key, this.load);
  }

  refresh(key = 'key'): Promise<string | undefined> {
    return this.cache.refresh(key, this.load);
  }
}

const FAILURE = new Error('Cannot load: a test says so');

describe('LookupCache.find', () => {
  it('loads anew after the clock was set back further than a value is fresh', async () => {
    const source = new SourceFixture();
    await source.find();
    source.now -= 100;
    await source.find();
    expect(source.loads).toBe(2);
  });

  it('loads a value once while it is fresh, and again from that moment on', async () => {
    const source = new SourceFixture();
    expect([await source.find(), await source.find()]).toEqual(['first', 'first']);
    source.now += 99;
    await source.find();
    expect(source.loads).toBe(1);
    source.now += 1;
    source.answer = 'second';
    expect(await source.find()).toBe('second');
    expect(source.loads).toBe(2);
  });

  it('does not cache the absence of a value, and drops a value that is gone', async () => {
    const source = new SourceFixture({ staleFor: 1_000 });
    source.answer = undefined;
    expect([await source.find(), await source.find()]).toEqual([undefined, undefined]);
    expect(source.loads).toBe(2);
    source.answer = 'first';
    await source.find();
    source.now += 100;
    source.answer = undefined;
    await source.find();
    source.answer = FAILURE;
    await expect(source.find()).rejects.toBe(FAILURE);
  });

  it('serves a stale value while loads fail, but no longer than it may', async () => {
    const source = new SourceFixture({ staleFor: 50 });
    await source.find();
    source.answer = FAILURE;
    source.now += 149;
    expect(await source.find()).toBe('first');
    source.now += 1;
    await expect(source.find()).rejects.toBe(FAILURE);
  });

  it('serves no stale value where none is allowed', async () => {
    const source = new SourceFixture();
    await source.find();
    source.now += 100;
    source.answer = FAILURE;
    await expect(source.find()).rejects.toBe(FAILURE);
  });

  it('does not load for a stale value during the pause after a failure of any key', async () => {
    const source = new SourceFixture({ staleFor: 1_000, pauseAfterFailure: 20 });
    await source.find();
    source.now += 100;
    source.answer = FAILURE;
    await expect(source.find('other')).rejects.toBe(FAILURE);
    source.answer = 'second';
    source.now += 19;
    expect([await source.find(), source.loads]).toEqual(['first', 2]);
    expect(await source.find('third')).toBe('second');
    source.now += 1;
    expect(await source.find()).toBe('second');
  });

  it('returns, but does not hold, what was loaded while something was dropped', async () => {
    const source = new SourceFixture();
    const found = source.cache.find('key', async () => {
      source.cache.drop('other');
      return 'old';
    });
    expect(await found).toBe('old');
    expect(source.cache.fresh('key')).toBeUndefined();
  });

  it('shares values between requests, but never a promise', async () => {
    const source = new SourceFixture();
    await Promise.all([source.find(), source.find(), source.find()]);
    expect(source.loads).toBe(3);
  });
});

describe('LookupCache.refresh', () => {
  it('loads although the value is fresh, but not within the cool-down', async () => {
    const source = new SourceFixture({ coolDown: 10 });
    await source.find();
    source.answer = 'second';
    source.now += 9;
    expect(await source.refresh()).toBe('first');
    source.now += 1;
    expect(await source.refresh()).toBe('second');
  });

  it('counts the cool-down per key, and from a failed load as well', async () => {
    const source = new SourceFixture({ coolDown: 10 });
    await source.find();
    source.now += 50;
    source.answer = FAILURE;
    await expect(source.refresh('other')).rejects.toBe(FAILURE);
    expect([await source.refresh(), source.loads]).toEqual(['first', 3]);
    source.answer = 'second';
    expect([await source.refresh(), source.loads]).toEqual(['first', 3]);
  });
});

describe('LookupCache.put', () => {
  it('removes the oldest values until all together are no larger than they may be', () => {
    const sizes = { limit: 10, of: (value: string) => value.length };
    const { cache } = new SourceFixture({ sizes });
    for (const key of ['a', 'b', 'c']) cache.put(key, key.repeat(4));
    expect(['a', 'b', 'c'].map((key) => cache.fresh(key))).toEqual([undefined, 'bbbb', 'cccc']);
    cache.put('b', 'b');
    cache.put('d', 'dddd');
    expect(['b', 'c', 'd'].map((key) => cache.fresh(key))).toEqual(['b', 'cccc', 'dddd']);
    cache.drop('c');
    cache.put('e', 'eeeee');
    expect(['b', 'd', 'e'].map((key) => cache.fresh(key))).toEqual(['b', 'dddd', 'eeeee']);
    cache.put('f', 'f'.repeat(11));
    expect(cache.fresh('f')).toBeUndefined();
  });

  it('holds a value for as long as it is told', () => {
    const source = new SourceFixture({ staleFor: 5 });
    source.cache.put('key', 'value', 10);
    source.now += 9;
    expect(source.cache.fresh('key')).toBe('value');
    source.now += 1;
    expect([source.cache.fresh('key'), source.cache.usable('key')]).toEqual([undefined, 'value']);
    source.now += 5;
    expect(source.cache.usable('key')).toBeUndefined();
  });

  it('drops the key that was set longest ago', () => {
    const source = new SourceFixture({ entries: 2 });
    for (const key of ['a', 'b', 'a', 'c']) source.cache.put(key, key);
    expect(['a', 'b', 'c'].map((key) => source.cache.fresh(key))).toEqual(['a', undefined, 'c']);
  });
});
