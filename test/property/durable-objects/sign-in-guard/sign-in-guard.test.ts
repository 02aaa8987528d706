import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import {
  admit,
  forgetStale,
  nextStaleAt,
  succeed,
} from '../../../../durable-objects/sign-in-guard/sign-in-guard.ts';
import { minutes, seconds } from '../../../../shared/clock.ts';
import { MemorySignInGuardStore } from '../../../support/memory-sign-in-guard-store.ts';

type Step = {
  readonly wait: number;
  readonly network: string;
  readonly device: string | null;
  readonly outcome: 'wrong' | 'right' | 'unchecked';
};

// Two networks lock often; waits straddle every limit of the rules.
const step = (networks: readonly string[]) =>
  fc.record<Step>({
    wait: fc.constantFrom(0, 1, seconds(15), minutes(10), minutes(29), minutes(31), minutes(61)),
    network: fc.constantFrom(...networks),
    device: fc.constantFrom(null, 'd1'),
    outcome: fc.constantFrom('wrong', 'wrong', 'wrong', 'wrong', 'right', 'unchecked'),
  });
const steps = (networks: readonly string[]) =>
  fc.array(step(networks), { maxLength: 40, size: 'max' });

/** What SPEC.md says, with counters and deadlines in place of a history. */
class Model {
  #pairs = new Map<string, { count: number; forgetAt: number; lockedUntil: number }>();
  #failures: { network: string; at: number }[] = [];
  readonly #origins = new Set<string>();

  refusal({ network, device }: Step, now: number): number | undefined {
    const locked = this.#pairs.get(network)?.lockedUntil ?? 0;
    if (locked > now) return locked - now;
    if (this.#origins.has(network) || this.#origins.has(device ?? '')) return undefined;
    const recent = this.#failures.filter(({ at }) => now - at < minutes(60));
    const steps = recent.length - 10;
    if (steps < 0) return undefined;
    const delay = Math.min(seconds(15) * 2 ** steps, minutes(15));
    const until = (recent.at(-1)?.at ?? 0) + delay;
    return until > now ? until - now : undefined;
  }

  fail({ network }: Step, now: number): void {
    this.#failures.push({ network, at: now });
    let pair = this.#pairs.get(network);
    if (pair === undefined || pair.forgetAt <= now) {
      pair = { count: 0, forgetAt: now + minutes(60), lockedUntil: pair?.lockedUntil ?? 0 };
      this.#pairs.set(network, pair);
    }
    pair.count += 1;
    if (pair.count >= 5) pair.lockedUntil = now + minutes(30);
  }

  succeed({ network, device }: Step): void {
    this.#pairs.delete(network);
    this.#failures = this.#failures.filter((failure) => failure.network !== network);
    this.#origins.add(network);
    if (device !== null) this.#origins.add(device);
  }
}

function agreesWithModel(sequence: readonly Step[]): void {
  const store = new MemorySignInGuardStore();
  const model = new Model();
  let now = 1_000_000_000;
  for (const one of sequence) {
    now += one.wait;
    const source = { networkHash: one.network, deviceHash: one.device };
    const expected = model.refusal(one, now);
    const before = store.attempts().length;
    const result = admit(store, source, now);
    expect(result.ok ? undefined : result.error.retryAfterSeconds).toBe(
      expected === undefined ? undefined : Math.ceil(expected / 1_000),
    );
    if (!result.ok) {
      expect(store.attempts().length).toBeLessThanOrEqual(before);
      continue;
    }
    if (one.outcome === 'wrong') model.fail(one, now);
    if (one.outcome === 'unchecked') store.removeAttempt(result.value.attempt);
    if (one.outcome === 'right') {
      succeed(store, source, now);
      model.succeed(one);
    }
  }
}

it('[SG2-SG4] agrees with the model where few networks guess', () => {
  fc.assert(fc.property(steps(['n1', 'n2']), agreesWithModel), { numRuns: 300 });
});

it('[SG5-SG8] agrees with the model where many networks guess', () => {
  const networks = Array.from({ length: 12 }, (_, index) => `n${index}`);
  fc.assert(fc.property(steps(networks), agreesWithModel), { numRuns: 300 });
});

it('[SG1] admits five parallel guesses from a network, however many are tried', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), (parallel) => {
      const store = new MemorySignInGuardStore();
      const results = Array.from({ length: parallel }, () =>
        admit(store, { networkHash: 'n', deviceHash: null }, 0),
      );
      expect(results.filter((result) => result.ok)).toHaveLength(Math.min(parallel, 5));
    }),
  );
});

it('[SG9] knows no more than twenty networks and devices, the last seen', () => {
  const store = new MemorySignInGuardStore();
  for (let n = 0; n < 25; n += 1) {
    succeed(store, { networkHash: `n${n}`, deviceHash: `d${n}` }, n);
  }
  for (let n = 0; n < 25; n += 1) {
    expect(store.isKnown('network', `n${n}`)).toBe(n >= 5);
    expect(store.isKnown('device', `d${n}`)).toBe(n >= 5);
  }
});

it('[SG10] empties itself by following its own schedule', () => {
  fc.assert(
    fc.property(steps(['n1', 'n2', 'n3']), (sequence) => {
      const store = new MemorySignInGuardStore();
      let now = 1_000_000_000;
      for (const { wait, network, device, outcome } of sequence) {
        now += wait;
        const source = { networkHash: network, deviceHash: device };
        if (admit(store, source, now).ok && outcome === 'right') succeed(store, source, now);
      }
      let alarms = 0;
      for (let at = nextStaleAt(store); at !== undefined; at = nextStaleAt(store)) {
        forgetStale(store, at);
        alarms += 1;
      }
      expect(alarms).toBeLessThanOrEqual(sequence.length * 3);
      expect(store.attempts()).toEqual([]);
    }),
  );
});
