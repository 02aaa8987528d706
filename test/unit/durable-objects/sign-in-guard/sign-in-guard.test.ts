import { describe, expect, it } from 'vitest';

import { admit, succeed } from '../../../../durable-objects/sign-in-guard/sign-in-guard.ts';
import { minutes, seconds } from '../../../../shared/clock.ts';
import { MemorySignInGuardStore } from '../../../support/memory-sign-in-guard-store.ts';

const from = (networkHash: string) => ({ networkHash, deviceHash: null });

/** Guesses once from each of `count` new networks at `at`, as soon as the guard allows. */
function guessFromNewNetworks(store: MemorySignInGuardStore, count: number, at = 0): number[] {
  const waits: number[] = [];
  let now = at;
  for (let n = 0; n < count; n += 1) {
    const first = admit(store, from(`${at}-${n}`), now);
    if (first.ok) continue;
    waits.push(first.error.retryAfterSeconds);
    now += seconds(first.error.retryAfterSeconds);
    expect(admit(store, from(`${at}-${n}`), now).ok).toBe(true);
  }
  return waits;
}

describe('sign-in guard', () => {
  it('[SG5] doubles the wait after the tenth failure, up to fifteen minutes', () => {
    const waits = guessFromNewNetworks(new MemorySignInGuardStore(), 18);
    expect(waits).toEqual([15, 30, 60, 120, 240, 480, 900, 900]);
  });

  it('[SG5] counts the failures of the last hour', () => {
    const store = new MemorySignInGuardStore();
    guessFromNewNetworks(store, 10);
    const late = minutes(60) - 1;
    guessFromNewNetworks(store, 1, late);
    expect(admit(store, from('next'), late)).toMatchObject({
      error: { reason: 'slowed', retryAfterSeconds: 30 },
    });
    expect(admit(store, from('next'), late + 1).ok).toBe(true);
  });

  it('[SG6] does not slow a known network down, and still locks its pair', () => {
    const store = new MemorySignInGuardStore();
    succeed(store, from('home'), 0);
    guessFromNewNetworks(store, 10);
    const results = Array.from({ length: 6 }, () => admit(store, from('home'), 0).ok);
    expect(results).toEqual([true, true, true, true, true, false]);
  });
});
