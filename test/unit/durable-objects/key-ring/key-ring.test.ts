import { describe, expect, it } from 'vitest';

import {
  dueForRotation,
  initialise,
  nextEvent,
  publishedKeys,
  readRing,
  removeExpired,
  rotate,
  snapshotOf,
} from '../../../../durable-objects/key-ring/key-ring.ts';
import { aFreshKey } from '../../../support/key-ring-fixture.ts';
import { MemoryKeyRingStore } from '../../../support/key-ring-memory-store.ts';

function aRing() {
  const store = new MemoryKeyRingStore();
  initialise(store, { current: aFreshKey('k1'), next: aFreshKey('k2'), now: 0 });
  return store;
}
const turn = (store: MemoryKeyRingStore, expectedKid: string, kid: string, now: number) =>
  rotate(store, { expectedKid, fresh: aFreshKey(kid), now, retention: 100 });
const kids = (store: MemoryKeyRingStore, now: number) =>
  publishedKeys(store, now).map(({ kid, state }) => `${kid} ${state}`);

describe('a ring', () => {
  it('[KR1] has one current and one next key', () => {
    expect(kids(aRing(), 0)).toEqual(['k1 current', 'k2 next']);
  });

  it('[KR2] keeps its keys when it is initialised again', () => {
    const store = aRing();
    const again = { current: aFreshKey('k3'), next: aFreshKey('k4'), now: 1 };
    expect(initialise(store, again)).toBe(false);
    expect(kids(store, 1)).toEqual(['k1 current', 'k2 next']);
  });

  it('[KR4] counts versions up, past those of deleted keys', () => {
    const store = aRing();
    turn(store, 'k1', 'k3', 0);
    removeExpired(store, 100);
    turn(store, 'k2', 'k4', 100);
    expect(store.keys().map(({ version }) => version)).toEqual([2, 3, 4]);
  });

  it('[KR5] moves every key one place on', () => {
    const store = aRing();
    const rotation = { previousKid: 'k1', currentKid: 'k2', nextKid: 'k3' };
    expect(turn(store, 'k1', 'k3', 5)).toEqual({ ok: true, value: rotation });
    expect(kids(store, 5)).toEqual(['k1 previous', 'k2 current', 'k3 next']);
  });

  it('[KR6] changes nothing for a rotation that names another key', () => {
    const store = aRing();
    turn(store, 'k1', 'k3', 5);
    const before = store.keys();
    for (const expectedKid of ['k1', 'k3', 'unknown']) {
      expect(turn(store, expectedKid, 'k9', 6)).toEqual({
        ok: false,
        error: { reason: 'stale', currentKid: 'k2', nextKid: 'k3' },
      });
    }
    expect(store.keys()).toEqual(before);
  });

  it('[KR8] is due for rotation exactly when the current key has reached its age', () => {
    const store = aRing();
    expect(dueForRotation(store, 49, 50)).toBeUndefined();
    expect(dueForRotation(store, 50, 50)).toBe('k1');
    turn(store, 'k1', 'k3', 60);
    expect(dueForRotation(store, 109, 50)).toBeUndefined();
    expect(dueForRotation(store, 110, 50)).toBe('k2');
  });

  it('[KR9] needs its alarm at the earlier of rotation and end of retention', () => {
    const store = aRing();
    expect(nextEvent(store, 50)).toBe(50);
    turn(store, 'k1', 'k3', 10);
    expect(nextEvent(store, 50)).toBe(60);
    expect(nextEvent(store, 500)).toBe(110);
  });

  it('[KR10-KR11] publishes a previous key until its own retention ends, then deletes it', () => {
    const store = aRing();
    turn(store, 'k1', 'k3', 0);
    turn(store, 'k2', 'k4', 10);
    expect(kids(store, 99)).toEqual(['k1 previous', 'k2 previous', 'k3 current', 'k4 next']);
    expect(kids(store, 100)).toEqual(['k2 previous', 'k3 current', 'k4 next']);
    expect(kids(store, 110)).toEqual(['k3 current', 'k4 next']);
    removeExpired(store, 100);
    expect(store.keys().map(({ kid }) => kid)).toEqual(['k2', 'k3', 'k4']);
  });

  it('shows dates that its keys have, and no private key', () => {
    const store = aRing();
    turn(store, 'k1', 'k3', 10);
    const { keys, signing, rotationDueAt } = snapshotOf(store, 10, 50);
    expect(signing).toEqual({ kid: 'k2', alg: 'ES256', wrapped: aFreshKey('k2').wrapped });
    expect(rotationDueAt).toBe(60);
    const { publicJwk } = aFreshKey('k1');
    const first = { kid: 'k1', alg: 'ES256', state: 'previous', publicJwk, createdAt: 0 };
    expect(keys[0]).toEqual({ ...first, activatedAt: 0, expiresAt: 110 });
    expect(keys.map((key) => 'wrapped' in key)).toEqual([false, false, false]);
    expect(keys[2]).not.toHaveProperty('activatedAt');
  });
});

describe('a ring without keys', () => {
  it('has nothing to show, to rotate or to wait for', () => {
    const store = new MemoryKeyRingStore();
    expect(readRing(store)).toBeUndefined();
    expect(publishedKeys(store, 0)).toEqual([]);
    expect(dueForRotation(store, 1e15, 1)).toBeUndefined();
    expect(nextEvent(store, 1)).toBeUndefined();
    expect(() => turn(store, 'k1', 'k3', 0)).toThrow('Cannot rotate key ring');
    expect(() => snapshotOf(store, 0, 1)).toThrow('Cannot read key ring');
  });

  it('is distinguished from a ring that lost a key', () => {
    const store = aRing();
    store.remove('k2');
    expect(() => readRing(store)).toThrow('lacks its current or its next key');
  });
});
