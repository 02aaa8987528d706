import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, it } from 'vitest';

import { shardName } from '../../../durable-objects/transient/transient.ts';
import type { TtlStore } from '../../../shared/ttl-store/ttl-store.ts';
import { objectTtlStore, ttlStore } from '../../../workers/identity/platform/ttl-store.ts';
import { ttlStoreContract } from '../../contract/ttl-store.contract.ts';

const overloaded = () => Promise.reject(new Error('Durable Object is overloaded.'));

/** A store whose every object fails: what a deploy or an outage looks like from outside. */
function unreachable(): TtlStore {
  const stub = new Proxy({}, { get: () => overloaded });
  return objectTtlStore({ getByName: () => stub } as unknown as typeof env.TRANSIENTS);
}

ttlStoreContract('Durable Objects', () => objectTtlStore(env.TRANSIENTS), unreachable);

const anObject = () => env.TRANSIENTS.getByName(crypto.randomUUID());

type Transient = ReturnType<typeof anObject>;

const tables = (object: Transient) =>
  runInDurableObject(object, (_, { storage }) =>
    storage.sql
      .exec<{ name: string }>('SELECT name FROM sqlite_schema')
      .toArray()
      .map(({ name }) => name)
      .filter((name) => !name.startsWith('_cf')),
  );

const rows = (object: Transient) =>
  runInDurableObject(object, (_, { storage }) =>
    storage.sql.exec('SELECT key FROM entries ORDER BY key').toArray(),
  );

/** Makes every entry one that expired long ago. */
const expireAll = (object: Transient) =>
  runInDurableObject(object, (_, { storage }) => {
    storage.sql.exec('UPDATE entries SET expires_at = 1');
  });

const alarmOf = (object: Transient) =>
  runInDurableObject(object, (_, { storage }) => storage.getAlarm());

const write = (object: Transient, key: string, ttlSeconds = 600) =>
  object.write({ key, value: `value of ${key}`, ttlSeconds });

describe('TransientObject', () => {
  it('[T1] does not return an expired entry whose row is still there', async ({ expect }) => {
    const object = anObject();
    await write(object, 'a');
    await write(object, 'b');
    await expireAll(object);
    expect(await object.read('a')).toBeUndefined();
    expect(await object.take('b')).toBeUndefined();
    expect(await rows(object)).toEqual([{ key: 'a' }]);
    expect(await object.writeIfAbsent({ key: 'a', value: 'new', ttlSeconds: 60 })).toBe(true);
    expect(await object.read('a')).toBe('new');
  });

  it('[T5] allocates nothing for a made-up key', async ({ expect }) => {
    const object = anObject();
    expect(await object.read('k')).toBeUndefined();
    expect(await object.take('k')).toBeUndefined();
    await object.remove('k');
    expect(await object.ping()).toBe(true);
    expect(await runDurableObjectAlarm(object)).toBe(false);
    expect(await tables(object)).toEqual([]);
  });

  it('[T6] sets its alarm within a minute of the earliest expiry, in any order', async ({
    expect,
  }) => {
    const object = anObject();
    const start = Date.now();
    await write(object, 'late', 3_600);
    expect(await alarmOf(object)).toBeGreaterThanOrEqual(start + 3_600_000);
    await write(object, 'early', 120);
    await write(object, 'middle', 600);
    const alarm = await alarmOf(object);
    expect(alarm).toBeGreaterThanOrEqual(start + 120_000);
    expect(alarm).toBeLessThanOrEqual(Date.now() + 180_000);
  });

  it('[T3] does not move the alarm for a writeIfAbsent that fails', async ({ expect }) => {
    const object = anObject();
    await write(object, 'k', 3_600);
    const alarm = await alarmOf(object);
    expect(await object.writeIfAbsent({ key: 'k', value: 'v', ttlSeconds: 1 })).toBe(false);
    expect(await alarmOf(object)).toBe(alarm);
  });

  it('[T6] sets the alarm again after the runtime gave it up', async ({ expect }) => {
    const object = anObject();
    await write(object, 'k');
    await expireAll(object);
    await runInDurableObject(object, (_, { storage }) => storage.deleteAlarm());
    await write(object, 'other');
    expect(await alarmOf(object)).toBeLessThanOrEqual(Date.now());
  });

  it('[T7] deletes expired rows in batches, and no live row', async ({ expect }) => {
    const object = anObject();
    await write(object, 'live');
    await runInDurableObject(object, (_, { storage }) => {
      for (let n = 0; n < 600; n += 1) {
        storage.sql.exec('INSERT INTO entries VALUES (?, ?, ?)', `dead${n}`, 'v', n + 1);
      }
    });
    expect(await runDurableObjectAlarm(object)).toBe(true);
    expect(await rows(object)).toHaveLength(101);
    expect(await runDurableObjectAlarm(object)).toBe(true);
    expect(await rows(object)).toEqual([{ key: 'live' }]);
    const next = await alarmOf(object);
    expect(next).toBeGreaterThan(Date.now());
    await runInDurableObject(object, (instance) => instance.alarm());
    expect(await alarmOf(object)).toBe(next);
    expect(await object.read('live')).toBe('value of live');
  });

  it('[T8] deletes itself once it is empty, and works again afterwards', async ({ expect }) => {
    const object = anObject();
    await write(object, 'k');
    await expireAll(object);
    expect(await runDurableObjectAlarm(object)).toBe(true);
    expect(await tables(object)).toEqual([]);
    expect(await alarmOf(object)).toBeNull();
    await runInDurableObject(object, (instance) => instance.alarm());
    expect(await object.read('k')).toBeUndefined();
    expect(await object.writeIfAbsent({ key: 'k', value: 'again', ttlSeconds: 60 })).toBe(true);
    expect(await object.read('k')).toBe('again');
    expect(await alarmOf(object)).toBeGreaterThan(Date.now());
  });

  it('[T8] deletes itself if every entry was taken before its expiry', async ({ expect }) => {
    const object = anObject();
    await write(object, 'k');
    await object.take('k');
    expect(await runDurableObjectAlarm(object)).toBe(true);
    expect(await tables(object)).toEqual([]);
  });

  it('[T9] keeps entries, the results of writes and its alarm across eviction', async ({
    expect,
  }) => {
    const object = anObject();
    await object.writeIfAbsent({ key: 'k', value: 'first', ttlSeconds: 600 });
    const alarm = await alarmOf(object);
    await evictDurableObject(object);
    expect(await object.writeIfAbsent({ key: 'k', value: 'second', ttlSeconds: 600 })).toBe(false);
    expect(await alarmOf(object)).toBe(alarm);
    await evictDurableObject(object);
    expect(await object.take('k')).toBe('first');
    await evictDurableObject(object);
    expect(await object.take('k')).toBeUndefined();
  });
});

describe('ttlStore()', () => {
  it('uses the objects where no URL is set', async ({ expect }) => {
    const key = crypto.randomUUID();
    await ttlStore({ UPSTASH_REDIS_REST_URL: '', TRANSIENTS: env.TRANSIENTS }).put(key, 'v', 60);
    expect(await env.TRANSIENTS.getByName(shardName(key)).read(key)).toBe('v');
  });

  it('refuses a URL without its token', ({ expect }) => {
    const bindings = { UPSTASH_REDIS_REST_URL: 'https://x.test', TRANSIENTS: env.TRANSIENTS };
    expect(() => ttlStore(bindings)).toThrow('UPSTASH_REDIS_REST_TOKEN is not set');
  });
});
