import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { networkOf } from '../../../../shared/rate-limits/network-of.ts';
import { RateLimit, takeBack } from '../../../../shared/rate-limits/rate-limit.ts';
import type { Usage } from '../../../../shared/rate-limits/sliding-window.ts';

const MINUTE = 60_000;
const START = 30_000_000 * MINUTE;

/** What a key has used, counted without forgetting: one record for each minute in which it came up. */
class Model {
  readonly #limit: number;
  readonly #records = new Map<string, { used: number; readonly before: number }>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  record(key: string, now: number) {
    const minute = Math.floor(now / MINUTE);
    const name = `${key} ${minute}`;
    const before = this.#records.get(`${key} ${minute - 1}`)?.used ?? 0;
    const record = this.#records.get(name) ?? { used: 0, before };
    this.#records.set(name, record);
    return record;
  }

  admits(key: string, now: number): boolean {
    const { used, before } = this.record(key, now);
    const left = 1 - (now % MINUTE) / MINUTE;
    return before * left + used + 1 <= this.#limit;
  }
}

const step = fc.record({
  wait: fc.nat({ max: 40_000 }),
  key: fc.constantFrom('a', 'b', 'c'),
  action: fc.constantFrom('take', 'take', 'tryTake', 'requireRoom', 'takeBack'),
  which: fc.nat(),
});

describe('RateLimit', () => {
  it('admits, counts and takes back exactly as the model does', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.array(step, { maxLength: 120, size: 'max' }),
        (most, steps) => {
          const limit = new RateLimit({ name: 'n', limit: most, detail: 'd' });
          const model = new Model(most);
          const taken: { usage: Usage; record: { used: number } }[] = [];
          let now = START;
          for (const { wait, key, action, which } of steps) {
            now += wait;
            if (action === 'takeBack') {
              const [one] = taken.splice(which % Math.max(1, taken.length), 1);
              if (one === undefined) continue;
              takeBack(one.usage);
              one.record.used -= 1;
              continue;
            }
            const admitted = model.admits(key, now);
            const record = model.record(key, now);
            if (action === 'requireRoom') {
              const ask = () => limit.requireRoom(key, now);
              if (admitted) expect(ask).not.toThrow();
              else expect(ask).toThrow('RATE_LIMITED');
              continue;
            }
            if (admitted) record.used += 1;
            if (action === 'tryTake') expect(limit.tryTake(key, now)).toBe(admitted);
            else if (admitted) taken.push({ usage: limit.take(key, now), record });
            else expect(() => limit.take(key, now)).toThrow('RATE_LIMITED');
          }
        },
      ),
    );
  });
});

describe('networkOf', () => {
  it('counts every spelling of every address of a /64 as one, and no other', () => {
    const groups = fc.array(fc.nat({ max: 0xffff }), { minLength: 8, maxLength: 8 });
    const spelled = (all: readonly number[], pad: boolean, upper: boolean): string => {
      const text = all.map((one) => one.toString(16).padStart(pad ? 4 : 1, '0')).join(':');
      return upper ? text.toUpperCase() : text;
    };
    fc.assert(
      fc.property(groups, groups, fc.boolean(), fc.boolean(), (one, other, pad, upper) => {
        const neighbour = [...one.slice(0, 4), ...other.slice(4)];
        // A mapped address is IPv4: below.
        fc.pre(one.slice(0, 5).some((group) => group !== 0));
        const network = networkOf(spelled(one, false, false));
        expect(networkOf(spelled(neighbour, pad, upper))).toBe(network);
        const next = one.map((group, index) => (index === 3 ? group ^ 1 : group));
        expect(networkOf(spelled(next, pad, upper))).not.toBe(network);
        const isSame = one.slice(0, 4).every((group, index) => group === other[index]);
        if (!isSame) expect(networkOf(spelled(other, pad, upper))).not.toBe(network);
      }),
    );
  });

  it('counts a mapped address as the IPv4 address', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
        const hex = [a * 256 + b, c * 256 + d].map((group) => group.toString(16)).join(':');
        expect(networkOf(`::ffff:${address}`)).toBe(address);
        expect(networkOf(`::ffff:${hex}`)).toBe(address);
      }),
    );
  });
});
