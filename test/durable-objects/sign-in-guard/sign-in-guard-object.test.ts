import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, it } from 'vitest';
import type { SignInGuardStore } from '../../../durable-objects/sign-in-guard/sign-in-guard.ts';
import { migrations } from '../../../durable-objects/sign-in-guard/sign-in-guard-schema.ts';
import { SqliteSignInGuardStore } from '../../../durable-objects/sign-in-guard/sign-in-guard-store.ts';
import { migrate } from '../../../shared/sql/migrate.ts';
import { MemorySignInGuardStore } from '../../support/memory-sign-in-guard-store.ts';

const guard = () => env.SIGN_IN_GUARDS.getByName(crypto.randomUUID());
const from = (networkHash: string, deviceHash: string | null = null) => ({
  networkHash,
  deviceHash,
});

/** Makes everything that the guard remembers `millis` older. */
const age = (stub: ReturnType<typeof guard>, millis: number) =>
  runInDurableObject(stub, (_, { storage }) => {
    storage.sql.exec(
      'UPDATE attempts SET at = at - ?1, counted_since = counted_since - ?1',
      millis,
    );
    storage.sql.exec('UPDATE known SET seen_at = seen_at - ?', millis);
  });

const tables = (stub: ReturnType<typeof guard>) =>
  runInDurableObject(stub, (_, { storage }) =>
    storage.sql
      .exec<{ name: string }>('SELECT name FROM sqlite_schema')
      .toArray()
      .filter(({ name }) => !name.startsWith('_cf')),
  );

describe('SignInGuardObject', () => {
  it('[SG1] admits five of twenty parallel guesses', async ({ expect }) => {
    const stub = guard();
    const guess = async () => {
      const admitted = await stub.admit(from('n'));
      if (admitted.ok) await stub.fail(admitted.value);
      return admitted;
    };
    const results = await Promise.all(Array.from({ length: 20 }, guess));
    expect(results.filter((result) => result.ok)).toHaveLength(5);
    expect(results.at(-1)).toMatchObject({ error: { reason: 'locked', retryAfterSeconds: 1_800 } });
  });

  it('[SG13] lets any number of right passwords in at once', async ({ expect }) => {
    const stub = guard();
    const signIn = async () => {
      const admitted = await stub.admit(from('n'));
      await stub.succeed(from('n'));
      return admitted.ok;
    };
    const results = await Promise.all(Array.from({ length: 20 }, signIn));
    expect(results).toEqual(Array.from({ length: 20 }, () => true));
  });

  it('[SG13] decides as soon as the outcomes are told', async ({ expect }) => {
    const stub = guard();
    const open = await Promise.all(Array.from({ length: 5 }, () => stub.admit(from('n'))));
    const [first, ...others] = open.map((one) => (one.ok ? one.value : { attempt: 0 }));
    const sixth = stub.admit(from('n'));
    const seventh = stub.admit(from('n'));
    await stub.withdraw(first ?? { attempt: 0 });
    await expect(sixth).resolves.toMatchObject({ ok: true });
    for (const one of others) await stub.fail(one);
    const last = await sixth;
    if (last.ok) await stub.fail(last.value);
    await expect(seventh).resolves.toMatchObject({ error: { reason: 'locked' } });
  });

  it('[SG13] does not wait after an eviction', async ({ expect }) => {
    const stub = guard();
    for (let n = 0; n < 5; n += 1) await stub.admit(from('n'));
    await evictDurableObject(stub);
    expect(await stub.admit(from('n'))).toMatchObject({ error: { reason: 'locked' } });
  });

  it('[SG2-SG12] stays locked across eviction, and unlocks after half an hour', async ({
    expect,
  }) => {
    const stub = guard();
    for (let n = 0; n < 5; n += 1) await stub.admit(from('n'));
    await evictDurableObject(stub);
    expect(await stub.admit(from('n'))).toMatchObject({ error: { reason: 'locked' } });
    expect((await stub.admit(from('other'))).ok).toBe(true);

    await age(stub, 30 * 60_000);
    await evictDurableObject(stub);
    expect((await stub.admit(from('n'))).ok).toBe(true);
  });

  it('[SG4] clears the pair and its lock after a success', async ({ expect }) => {
    const stub = guard();
    for (let n = 0; n < 5; n += 1) await stub.admit(from('n'));
    await stub.succeed(from('n'));
    expect((await stub.admit(from('n'))).ok).toBe(true);
  });

  it('[SG6] does not slow down a known device, across eviction', async ({ expect }) => {
    const stub = guard();
    await stub.succeed(from('home', 'phone'));
    for (let n = 0; n < 10; n += 1) await stub.admit(from(`botnet-${n}`));
    await evictDurableObject(stub);
    expect(await stub.admit(from('abroad', 'unknown'))).toMatchObject({
      error: { reason: 'slowed' },
    });
    expect((await stub.admit(from('abroad', 'phone'))).ok).toBe(true);
    expect((await stub.admit(from('home'))).ok).toBe(true);
  });

  it('[SG8] does not count a withdrawn attempt', async ({ expect }) => {
    const stub = guard();
    for (let n = 0; n < 10; n += 1) {
      const admitted = await stub.admit(from('n'));
      if (!admitted.ok) throw new Error('Cannot be refused: every attempt was withdrawn');
      await stub.withdraw(admitted.value);
    }
    expect(await tables(stub)).toEqual([]);
  });

  it('[SG10] deletes itself by alarm once everything in it has expired', async ({ expect }) => {
    const stub = guard();
    await stub.admit(from('n'));
    await stub.succeed(from('m', 'd'));
    await age(stub, 91 * 60_000);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await tables(stub)).not.toEqual([]);

    await age(stub, 90 * 86_400_000);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await tables(stub)).toEqual([]);
    expect(await runDurableObjectAlarm(stub)).toBe(false);
    expect((await stub.admit(from('n'))).ok).toBe(true);
  });

  it('[SG11] allocates nothing for a withdrawal that nothing preceded', async ({ expect }) => {
    const stub = guard();
    await stub.withdraw({ attempt: 1 });
    expect(await tables(stub)).toEqual([]);
  });
});

const exercise = (store: SignInGuardStore) => {
  const seen: unknown[] = [];
  const first = store.addAttempt({ networkHash: 'a', at: 10, countedSince: 1 });
  store.addAttempt({ networkHash: 'b', at: 5, countedSince: 1 });
  store.addAttempt({ networkHash: 'a', at: 20, countedSince: 1 });
  seen.push(store.attempts().filter(({ networkHash }) => networkHash === 'a').length);
  store.removeAttempt(first);
  seen.push(
    store.attempts().map(({ networkHash, at, countedSince }) => [networkHash, at, countedSince]),
  );
  store.removeAttemptsUntil(5);
  seen.push(store.attempts().map(({ at }) => at));
  store.removeAttemptsFrom('a');
  seen.push(store.attempts(), store.longestUnseen());
  for (const [hash, at] of [
    ['x', 3],
    ['y', 1],
    ['z', 2],
    ['x', 4],
  ] as const) {
    store.saveKnown('device', hash, at, 2);
  }
  store.saveKnown('network', 'x', 9, 2);
  seen.push(['x', 'y', 'z'].map((hash) => store.isKnown('device', hash)));
  seen.push(store.isKnown('network', 'y'), store.longestUnseen());
  store.forgetKnownUntil(4);
  seen.push(store.isKnown('device', 'x'), store.isKnown('network', 'x'));
  return seen;
};

describe('SignInGuardStore contract', () => {
  it('is the same in memory and in SQLite', async ({ expect }) => {
    const inMemory = exercise(new MemorySignInGuardStore());
    const inSqlite = await runInDurableObject(guard(), (_, { storage }) => {
      migrate(storage, migrations);
      return exercise(new SqliteSignInGuardStore(storage.sql));
    });
    expect(inSqlite).toEqual(inMemory);
    expect(inSqlite).toContainEqual([true, false, true]);
  });
});
