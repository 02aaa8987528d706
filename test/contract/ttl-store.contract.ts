import { describe, it } from 'vitest';

import {
  type TtlStore,
  TtlStoreInputError,
  TtlStoreUnavailable,
} from '../../shared/ttl-store/ttl-store.ts';

type Store = () => TtlStore;

const TTL = 60;

/** A key that no other test has. */
const aKey = () => `contract:${crypto.randomUUID()}`;

/** @param unreachable A store of the same kind whose storage fails. */
export function ttlStoreContract(name: string, store: Store, unreachable: Store): void {
  describe(`TtlStore contract: ${name}`, () => {
    reading(store);
    winning(store);
    expiring(store);
    values(store);
    limits(store);
    failing(store, unreachable);
  });
}

function reading(store: Store): void {
  it('finds nothing under a key that was never written', async ({ expect }) => {
    const key = aKey();
    expect(await store().get(key)).toBeUndefined();
    expect(await store().take(key)).toBeUndefined();
    await store().delete(key);
    expect(await store().get(key)).toBeUndefined();
  });

  it('reads what was put, as often as asked', async ({ expect }) => {
    const key = aKey();
    await store().put(key, 'one', TTL);
    expect(await store().get(key)).toBe('one');
    expect(await store().get(key)).toBe('one');
  });

  it('[T2] replaces an earlier value', async ({ expect }) => {
    const key = aKey();
    await store().put(key, 'one', TTL);
    await store().put(key, 'two', TTL);
    expect(await store().get(key)).toBe('two');
  });

  it('keeps keys apart, whatever they look like', async ({ expect }) => {
    const base = aKey();
    const keys = [base, `${base}:`, `${base}*`, base.toUpperCase(), `${base}'--`, `${base}/../x`];
    for (const key of keys) await store().put(key, key, TTL);
    expect(await Promise.all(keys.map((key) => store().get(key)))).toEqual(keys);
  });

  it('deletes', async ({ expect }) => {
    const key = aKey();
    await store().put(key, 'one', TTL);
    await store().delete(key);
    expect(await store().get(key)).toBeUndefined();
    expect(await store().putIfAbsent(key, 'two', TTL)).toBe(true);
  });

  it('reports that it is up', async ({ expect }) => {
    expect(await store().health()).toBe('UP');
  });
}

function winning(store: Store): void {
  it('[T3] lets exactly one of twenty concurrent putIfAbsent win', async ({ expect }) => {
    const key = aKey();
    const won = await Promise.all(
      Array.from({ length: 20 }, (_, n) => store().putIfAbsent(key, `value ${n}`, TTL)),
    );
    expect(won.filter(Boolean)).toHaveLength(1);
    expect(await store().get(key)).toBe(`value ${won.indexOf(true)}`);
  });

  it('[T3] leaves an entry as it is when putIfAbsent loses', async ({ expect }) => {
    const key = aKey();
    await store().put(key, 'first', TTL);
    expect(await store().putIfAbsent(key, 'second', TTL)).toBe(false);
    expect(await store().get(key)).toBe('first');
  });

  it('[T4] gives exactly one of twenty concurrent takes the value', async ({ expect }) => {
    const key = aKey();
    await store().put(key, 'once', TTL);
    const taken = await Promise.all(Array.from({ length: 20 }, () => store().take(key)));
    expect(taken.filter((value) => value !== undefined)).toEqual(['once']);
    expect(await store().get(key)).toBeUndefined();
  });
}

function expiring(store: Store): void {
  it('[T1] returns an entry until its time to live is over', { timeout: 15_000 }, async ({
    expect,
  }) => {
    const keys = { get: aKey(), take: aKey(), putIfAbsent: aKey(), long: aKey() };
    const started = Date.now();
    await store().put(keys.get, 'short', 2);
    await store().put(keys.take, 'short', 2);
    await store().putIfAbsent(keys.putIfAbsent, 'short', 2);
    await store().put(keys.long, 'long', TTL);
    expect(await store().get(keys.get)).toBe('short');
    expect(await store().putIfAbsent(keys.putIfAbsent, 'again', 2)).toBe(false);

    await expect.poll(() => store().get(keys.get), { timeout: 10_000 }).toBeUndefined();
    await expect.poll(() => store().putIfAbsent(keys.putIfAbsent, 'again', TTL)).toBe(true);
    // Half a second for the clocks of this test and of the store.
    expect(Date.now() - started).toBeGreaterThan(1_500);
    expect(await store().take(keys.take)).toBeUndefined();
    expect(await store().get(keys.long)).toBe('long');
  });

  it('[T2] replaces an earlier time to live', { timeout: 15_000 }, async ({ expect }) => {
    const [longer, shorter] = [aKey(), aKey()];
    await store().put(longer, 'first', 1);
    await store().put(longer, 'second', TTL);
    await store().put(shorter, 'first', TTL);
    await store().put(shorter, 'second', 1);
    await expect.poll(() => store().get(shorter), { timeout: 10_000 }).toBeUndefined();
    expect(await store().get(longer)).toBe('second');
  });
}

const LOOK_ALIKES = [
  'OK',
  'null',
  '0',
  '1e3',
  'true',
  '{"a":1}',
  '"quoted"',
  'T0s=',
  '\\x41',
  "';--",
  'undefined',
];
const UNUSUAL = [
  '',
  ' ',
  '\u0000nul\u0000',
  '\uFEFFmark',
  'naïve',
  '日本語',
  '👩‍🚀',
  '\u2028',
  'a\r\nb',
  '\u007f',
];

function values(store: Store): void {
  it.for([...LOOK_ALIKES, ...UNUSUAL])(
    'returns the value %j exactly',
    async (value, { expect }) => {
      const key = aKey();
      await store().put(key, value, TTL);
      expect(await store().get(key)).toBe(value);
      expect(await store().take(key)).toBe(value);
    },
  );

  it('returns 64 KiB exactly', async ({ expect }) => {
    const key = aKey();
    const value = 'é'.repeat(32 * 1024);
    await store().put(key, value, TTL);
    expect(await store().get(key)).toBe(value);
  });
}

function limits(store: Store): void {
  const refused = TtlStoreInputError;

  it('refuses a key that is empty, too long, or not visible ASCII', async ({ expect }) => {
    for (const key of ['', 'k'.repeat(257), 'a b', 'a\n', 'ä', '\u007f']) {
      await expect(store().get(key)).rejects.toThrow(refused);
      await expect(store().take(key)).rejects.toThrow(refused);
      await expect(store().delete(key)).rejects.toThrow(refused);
      await expect(store().put(key, 'v', TTL)).rejects.toThrow(refused);
      await expect(store().putIfAbsent(key, 'v', TTL)).rejects.toThrow(refused);
    }
  });

  it('takes a key of 256 characters', async ({ expect }) => {
    const key = aKey().padEnd(256, '~');
    await store().put(key, 'v', TTL);
    expect(await store().get(key)).toBe('v');
  });

  it('refuses a value that is too long or not Unicode, and stores nothing', async ({ expect }) => {
    const key = aKey();
    for (const value of ['v'.repeat(65_537), 'é'.repeat(32_769), 'a\uD800']) {
      await expect(store().put(key, value, TTL)).rejects.toThrow(refused);
      await expect(store().putIfAbsent(key, value, TTL)).rejects.toThrow(refused);
    }
    expect(await store().get(key)).toBeUndefined();
  });

  it('refuses a time to live that is not a whole number of seconds', async ({ expect }) => {
    const key = aKey();
    for (const ttl of [0, -1, 0.5, 1.5, Number.NaN, Infinity, 1e12]) {
      await expect(store().put(key, 'v', ttl)).rejects.toThrow(refused);
      await expect(store().putIfAbsent(key, 'v', ttl)).rejects.toThrow(refused);
    }
    expect(await store().get(key)).toBeUndefined();
  });

  it('does not quote what it refuses', async ({ expect }) => {
    const secret = 'hunter2 \uD800';
    const error: unknown = await store()
      .put(secret, secret, TTL)
      .catch((thrown: unknown) => thrown);
    expect(String(error)).not.toContain('hunter2');
  });
}

function failing(store: Store, unreachable: Store): void {
  it('throws TtlStoreUnavailable where its storage fails, and is down', async ({ expect }) => {
    const calls = [
      unreachable().get('k'),
      unreachable().put('k', 'v', TTL),
      unreachable().putIfAbsent('k', 'v', TTL),
      unreachable().take('k'),
      unreachable().delete('k'),
    ];
    for (const call of await Promise.allSettled(calls)) {
      expect(call).toMatchObject({ status: 'rejected', reason: expect.any(TtlStoreUnavailable) });
    }
    expect(await unreachable().health()).toBe('DOWN');
    expect(await store().health()).toBe('UP');
  });
}
