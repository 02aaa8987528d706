import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  alarmAfterWrite,
  type Entry,
  read,
  sweep,
  take,
  writeIfAbsent,
} from '../../../../durable-objects/transient/transient.ts';
import { MemoryEntryStore } from '../../../support/memory-entry-store.ts';

const MINUTE = 60_000;

/** The shell of the object, without an object: one store, its alarm, a clock. */
class Shard {
  readonly store = new MemoryEntryStore();
  alarm: number | undefined;
  now = 1_000_000;

  write(work: () => boolean): boolean {
    const before = this.store.earliestExpiry();
    const result = work();
    const alarm = alarmAfterWrite(before, this.store.earliestExpiry(), this.now);
    this.alarm = alarm ?? this.alarm;
    return result;
  }

  /** Lets time pass. The alarm rings when it is due, unless the runtime has given it up. */
  pass(ms: number, rings: boolean): void {
    this.now += ms;
    if (this.alarm === undefined || this.alarm > this.now) return;
    this.alarm = rings ? sweep(this.store, this.now) : undefined;
  }
}

/** What anybody would expect: entries that vanish the moment they expire. */
class Model {
  readonly #entries = new Map<string, Entry>();

  find(key: string, now: number): string | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && now < entry.expiresAt ? entry.value : undefined;
  }

  set(entry: Entry): void {
    this.#entries.set(entry.key, entry);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}

const key = fc.constantFrom('a', 'b', 'c');
const ttl = fc.constantFrom(1, MINUTE - 1, MINUTE, 2 * MINUTE);
const call = fc.oneof(
  fc.record({ kind: fc.constantFrom('put', 'putIfAbsent'), key, ttl }),
  fc.record({ kind: fc.constantFrom('get', 'take', 'remove'), key, ttl: fc.constant(0) }),
);
const heard = fc.oneof(call, fc.record({ kind: fc.constant('pass'), key, ttl }));
const step = fc.oneof(heard, fc.record({ kind: fc.constant('pass unheard'), key, ttl }));

type Step = { readonly kind: string; readonly key: string; readonly ttl: number };

/** @returns What the store says, and what the model does. */
function perform(shard: Shard, model: Model, { kind, key, ttl }: Step, value: string): unknown[] {
  const { store, now } = shard;
  const entry = { key, value, expiresAt: now + ttl };
  const expected = model.find(key, now);
  switch (kind) {
    case 'put':
      model.set(entry);
      return [shard.write(() => (store.save(entry), true)), true];
    case 'putIfAbsent':
      if (expected === undefined) model.set(entry);
      return [shard.write(() => writeIfAbsent(store, entry, now)), expected === undefined];
    case 'take':
      model.delete(key);
      return [take(store, key, now), expected];
    case 'remove':
      model.delete(key);
      return [store.remove(key), undefined];
    case 'get':
      return [read(store, key, now), expected];
    default:
      return [shard.pass(ttl, kind === 'pass'), undefined];
  }
}

describe('short-lived records', () => {
  it('[T1-T4] behave as if an entry vanished at the moment of its expiry', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
        const [shard, model] = [new Shard(), new Model()];
        for (const [index, each] of steps.entries()) {
          const [actual, expected] = perform(shard, model, each, `value ${index}`);
          expect(actual).toEqual(expected);
        }
      }),
    );
  });

  it('[T6] always have an alarm within a minute of the earliest expiry', () => {
    fc.assert(
      fc.property(fc.array(heard, { maxLength: 40, size: 'max' }), (steps) => {
        const [shard, model] = [new Shard(), new Model()];
        for (const each of steps) {
          perform(shard, model, each, 'v');
          const earliest = shard.store.earliestExpiry();
          if (earliest !== undefined) expect(shard.alarm).toBeLessThan(earliest + MINUTE);
        }
      }),
    );
  });

  it('[T6] have an alarm again after the first write that finds one given up', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
        const [shard, model] = [new Shard(), new Model()];
        for (const each of steps) {
          const earliest = shard.store.earliestExpiry() ?? Infinity;
          perform(shard, model, each, 'v');
          if (!each.kind.startsWith('put') || earliest + MINUTE > shard.now) continue;
          expect(shard.alarm).toBeLessThanOrEqual(shard.now);
        }
      }),
    );
  });
});
