import { describe, expect, it } from 'vitest';

import {
  alarmAfterWrite,
  read,
  shardName,
  sweep,
  take,
  writeIfAbsent,
} from '../../../../durable-objects/transient/transient.ts';
import { MemoryEntryStore } from '../../../support/memory-entry-store.ts';

const MINUTE = 60_000;
const entry = (key: string, expiresAt: number, value = key) => ({ key, value, expiresAt });

describe('read(), take() and writeIfAbsent()', () => {
  it('[T1] end an entry at the millisecond of its expiry', () => {
    const store = new MemoryEntryStore([entry('k', 1_000)]);
    expect(read(store, 'k', 999)).toBe('k');
    expect(read(store, 'k', 1_000)).toBeUndefined();
  });

  it('[T3] treat an expired entry as absent', () => {
    const store = new MemoryEntryStore([entry('k', 1_000, 'old')]);
    expect(writeIfAbsent(store, entry('k', 9_000, 'new'), 999)).toBe(false);
    expect(store.find('k')).toEqual(entry('k', 1_000, 'old'));
    expect(writeIfAbsent(store, entry('k', 9_000, 'new'), 1_000)).toBe(true);
    expect(read(store, 'k', 1_000)).toBe('new');
  });

  it('[T4] delete an expired entry that is taken, and do not return it', () => {
    const store = new MemoryEntryStore([entry('k', 1_000), entry('other', 1_000)]);
    expect(take(store, 'k', 1_000)).toBeUndefined();
    expect(store.find('k')).toBeUndefined();
    expect(store.find('other')).toBeDefined();
  });
});

describe('alarmAfterWrite()', () => {
  it('[T6] sets the first alarm to the whole minute after the expiry', () => {
    expect(alarmAfterWrite(undefined, MINUTE + 1, 0)).toBe(2 * MINUTE);
    expect(alarmAfterWrite(undefined, 2 * MINUTE, 0)).toBe(2 * MINUTE);
  });

  it('[T6] moves the alarm only if the new entry expires in an earlier minute', () => {
    expect(alarmAfterWrite(5 * MINUTE, 4 * MINUTE, 0)).toBe(4 * MINUTE);
    expect(alarmAfterWrite(5 * MINUTE, 4 * MINUTE + 1, 0)).toBeUndefined();
    expect(alarmAfterWrite(5 * MINUTE, 5 * MINUTE, 0)).toBeUndefined();
  });

  it('[T6] sets an alarm again that the runtime gave up', () => {
    expect(alarmAfterWrite(MINUTE, MINUTE, MINUTE - 1)).toBeUndefined();
    expect(alarmAfterWrite(MINUTE, MINUTE, MINUTE)).toBe(MINUTE);
  });
});

describe('sweep()', () => {
  it('[T7] deletes what has expired, and comes back for the rest', () => {
    const store = new MemoryEntryStore([entry('a', 1_000), entry('b', 1_001)]);
    expect(sweep(store, 1_000)).toBe(MINUTE);
    expect(store.keys()).toEqual(['b']);
    expect(sweep(store, 1_000)).toBe(MINUTE);
    expect(sweep(store, 1_001)).toBeUndefined();
    expect(store.keys()).toEqual([]);
  });

  it('[T7] deletes 500 at a time, and comes back at once', () => {
    const entries = Array.from({ length: 1_200 }, (_, n) => entry(`k${n}`, n + 1));
    const store = new MemoryEntryStore(entries);
    expect(sweep(store, 5_000)).toBe(5_000);
    expect(store.keys()).toHaveLength(700);
    expect(store.find('k499')).toBeUndefined();
    expect(sweep(store, 5_000)).toBe(5_000);
    expect(sweep(store, 5_000)).toBeUndefined();
  });
});

describe('shardName()', () => {
  it('[T10] leads a key to the object it always led to', () => {
    // Entries that are alive would be lost: never change these.
    expect(['a', 'device:abc', 'jti:1', ''].map(shardName)).toEqual([
      'ttl:0',
      'ttl:10',
      'ttl:10',
      'ttl:9',
    ]);
  });

  it('[T10] spreads keys evenly over sixteen objects', () => {
    const counts = new Map<string, number>();
    for (let n = 0; n < 16_000; n += 1) {
      const name = shardName(`jti:${n}`);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    expect([...counts.keys()].toSorted()).toEqual(
      Array.from({ length: 16 }, (_, n) => `ttl:${n}`).toSorted(),
    );
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(300);
  });
});
