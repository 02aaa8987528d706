import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { LookupCache, type LookupCacheOptions } from '../../../../shared/cache/lookup-cache.ts';

const KEYS = ['a', 'b', 'c', 'd'] as const;
type Key = (typeof KEYS)[number];

type Step =
  | { readonly kind: 'wait'; readonly duration: number }
  | { readonly kind: 'change'; readonly key: Key }
  | { readonly kind: 'drop'; readonly key: Key }
  | { readonly kind: 'find' | 'refresh'; readonly key: Key }
  | { readonly kind: 'source'; readonly isDown: boolean };

const key = fc.constantFrom(...KEYS);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('wait' as const),
      duration: fc.integer({ min: 0, max: 60 }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.oneof(
      fc.record({ kind: fc.constant('change' as const), key }),
      fc.record({ kind: fc.constant('drop' as const), key }),
      fc.record({
        kind: fc.constantFrom('find' as const, 'find' as const, 'refresh' as const),
        key,
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('source' as const), isDown: fc.boolean() }),
  },
);

/** Versions are of different sizes. */
const sizeOf = (version: number): number => version % 3;

const options: fc.Arbitrary<Required<LookupCacheOptions<number>>> = fc.record({
  entries: fc.integer({ min: 1, max: 4 }),
  sizes: fc.record({ limit: fc.integer({ min: 0, max: 6 }), of: fc.constant(sizeOf) }),
  freshFor: fc.integer({ min: 1, max: 50 }),
  staleFor: fc.integer({ min: 0, max: 100 }),
  pauseAfterFailure: fc.integer({ min: 0, max: 20 }),
  coolDown: fc.integer({ min: 0, max: 20 }),
});

/** A source of numbered versions, which remembers until when each was the newest one. */
class Source {
  now = 1_000;
  isDown = false;
  loads = 0;
  readonly #versions = new Map<Key, number>();
  readonly #replacedAt = new Map<string, number>();

  change(key: Key): void {
    const version = this.#versions.get(key) ?? 0;
    this.#replacedAt.set(`${key}${version}`, this.now);
    this.#versions.set(key, version + 1);
  }

  async load(key: Key): Promise<number> {
    this.loads += 1;
    if (this.isDown) throw new Error('Cannot load: a test says so');
    return this.#versions.get(key) ?? 0;
  }

  /** How long ago `version` was replaced; 0 if it was not. */
  outdatedFor(key: Key, version: number): number {
    return this.now - (this.#replacedAt.get(`${key}${version}`) ?? this.now);
  }
}

it('LookupCache never exceeds its limits, and never returns a value that is too old', async () => {
  await fc.assert(
    fc.asyncProperty(options, fc.array(step, { maxLength: 80 }), async (limits, steps) => {
      const source = new Source();
      const cache = new LookupCache<number>(limits, () => source.now);
      for (const each of steps) {
        if (each.kind === 'wait') source.now += each.duration;
        else if (each.kind === 'source') source.isDown = each.isDown;
        else if (each.kind === 'change') source.change(each.key);
        else if (each.kind === 'drop') {
          cache.drop(each.key);
          expect(cache.usable(each.key)).toBeUndefined();
        } else {
          const { key } = each;
          const before = source.loads;
          const usable = cache.usable(key);
          const found = await cache[each.kind](key, () => source.load(key)).catch(() => undefined);
          if (found === undefined) {
            // It fails only if it tried and had nothing to fall back on.
            expect([source.isDown, source.loads - before, usable]).toEqual([true, 1, undefined]);
          } else {
            expect(source.outdatedFor(key, found)).toBeLessThan(limits.freshFor + limits.staleFor);
          }
          if (found !== undefined && source.loads > before && !source.isDown) {
            expect(source.outdatedFor(key, found)).toBe(0);
          }
        }
        const held = KEYS.map((key) => cache.usable(key)).filter((one) => one !== undefined);
        expect(held.length).toBeLessThanOrEqual(limits.entries);
        const sizes = held.map(sizeOf).reduce((sum, size) => sum + size, 0);
        expect(sizes).toBeLessThanOrEqual(limits.sizes.limit);
      }
    }),
  );
});
