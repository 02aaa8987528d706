import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, it } from 'vitest';
import { directoryName } from '../../../shared/contracts/connect/connect-rpc.ts';

const aDirectory = () => env.DIRECTORIES.getByName(directoryName(crypto.randomUUID()));
type Stub = ReturnType<typeof aDirectory>;

const entry = (change: Partial<Parameters<Stub['register']>[0]> = {}) => ({
  connectionId: crypto.randomUUID(),
  sessionId: 'ses_a',
  shard: 'hub:local:0',
  expiresAt: Date.now() + 60_000,
  ...change,
});

const tablesOf = (stub: Stub) =>
  runInDurableObject(stub, (_, { storage }) =>
    storage.sql
      .exec<{ name: string }>('SELECT name FROM sqlite_schema')
      .toArray()
      .map(({ name }) => name)
      .filter((name) => !name.startsWith('_cf')),
  );

describe('DirectoryObject', () => {
  it('[D1] tells a new connection of the older ones of its session only', async ({ expect }) => {
    const stub = aDirectory();
    const [first, other, second] = [entry(), entry({ sessionId: 'ses_b' }), entry({ shard: 'h2' })];
    expect((await stub.register(first)).superseded).toEqual([]);
    expect((await stub.register(other)).superseded).toEqual([]);
    expect((await stub.register(second)).superseded).toEqual([
      { connectionId: first.connectionId, shard: first.shard },
    ]);
  });

  it('[D1-D2] orders simultaneous connections: the newest is told of all others', async ({
    expect,
  }) => {
    const stub = aDirectory();
    const registered = await Promise.all(Array.from({ length: 8 }, () => stub.register(entry())));
    const newestFirst = registered.toSorted((a, b) => b.epoch - a.epoch);
    expect(newestFirst.map(({ superseded }) => superseded.length)).toEqual([
      7, 6, 5, 4, 3, 2, 1, 0,
    ]);
    expect(new Set(registered.map(({ epoch }) => epoch)).size).toBe(8);
  });

  it('[D2] gives larger epochs after it was empty', async ({ expect }) => {
    const stub = aDirectory();
    const first = entry();
    const { epoch } = await stub.register(first);
    await stub.unregister(first.connectionId);
    await scheduler.wait(2);
    expect((await stub.register(entry())).epoch).toBeGreaterThan(epoch);
  });

  it('[D3] removes or extends only the named connection', async ({ expect }) => {
    const stub = aDirectory();
    const [older, newer] = [entry({ shard: 'h1' }), entry({ shard: 'h2' })];
    await stub.register(older);
    await stub.register(newer);
    expect(await stub.shardsOf(['ses_a'])).toEqual(['h1', 'h2']);
    await stub.unregister(older.connectionId);
    await stub.unregister(older.connectionId);
    expect(await stub.renew(older.connectionId, Date.now() + 120_000)).toBe(false);
    expect(await stub.shardsOf(['ses_a'])).toEqual(['h2']);
  });

  it('[D4] lists hubs once', async ({ expect }) => {
    const stub = aDirectory();
    await stub.register(entry({ shard: 'h1' }));
    await stub.register(entry({ shard: 'h1', sessionId: 'ses_b' }));
    await stub.register(entry({ shard: 'h2', sessionId: 'ses_c' }));
    expect(await stub.shardsOf(['ses_a', 'ses_b', 'ses_nobody'])).toEqual(['h1']);
    expect(await stub.shardsOf([])).toEqual([]);
  });

  it('[D9] lists the sessions with their hubs', async ({ expect }) => {
    const stub = aDirectory();
    await stub.register(entry({ shard: 'h1' }));
    await stub.register(entry({ shard: 'h2', sessionId: 'ses_b' }));
    await stub.register(entry({ shard: 'h1' }));
    await stub.register(entry({ shard: 'h3' }));
    expect(await stub.sessions()).toEqual([
      { sessionId: 'ses_a', hubs: ['h1', 'h3'] },
      { sessionId: 'ses_b', hubs: ['h2'] },
    ]);
    await evictDurableObject(stub);
    expect(await stub.sessions()).toHaveLength(2);
  });

  it('[D5-D6] deletes entries whose time is up, then itself', async ({ expect }) => {
    const stub = aDirectory();
    const [gone, renewed] = [
      entry({ expiresAt: Date.now() - 1, shard: 'h1' }),
      entry({ expiresAt: Date.now() - 1, shard: 'h2' }),
    ];
    await stub.register(renewed);
    expect(await stub.renew(renewed.connectionId, Date.now() + 60_000)).toBe(true);
    await stub.register(gone);
    await runDurableObjectAlarm(stub);
    expect(await stub.shardsOf(['ses_a'])).toEqual(['h2']);

    await stub.renew(renewed.connectionId, Date.now() - 1);
    await runDurableObjectAlarm(stub);
    expect(await tablesOf(stub)).toEqual([]);
    await stub.register(entry());
    expect(await stub.shardsOf(['ses_a'])).toEqual(['hub:local:0']);
  });

  it('[D6] deletes itself when the last connection goes', async ({ expect }) => {
    const stub = aDirectory();
    const only = entry();
    await stub.register(only);
    await stub.unregister(only.connectionId);
    expect(await tablesOf(stub)).toEqual([]);
    expect(await runDurableObjectAlarm(stub)).toBe(false);
  });

  it('[D7] allocates nothing for a question about an unknown user', async ({ expect }) => {
    const stub = aDirectory();
    expect(await stub.shardsOf(['ses_a'])).toEqual([]);
    expect(await stub.sessions()).toEqual([]);
    expect(await stub.renew('nobody', Date.now())).toBe(false);
    await stub.unregister('nobody');
    expect(await tablesOf(stub)).toEqual([]);
  });

  it('[D8] keeps its entries across eviction', async ({ expect }) => {
    const stub = aDirectory();
    const first = entry();
    const { epoch } = await stub.register(first);
    await evictDurableObject(stub);
    const second = await stub.register(entry());
    expect(second.epoch).toBeGreaterThan(epoch);
    expect(second.superseded).toHaveLength(1);
  });

  it('[D10] tells a connection that registers of a change, and lists the hubs that it concerns', async ({
    expect,
  }) => {
    const stub = aDirectory();
    await stub.register(entry({ shard: 'h1' }));
    await stub.register(entry({ shard: 'h1', sessionId: 'ses_b' }));
    await stub.register(entry({ shard: 'h2' }));
    const until = Math.floor(Date.now() / 1_000) + 900;
    const change = { subject: 'u', roles: ['a, "b"'], changedAt: 5, until };
    expect([...(await stub.changeRoles(change))].toSorted()).toEqual(['h1', 'h2']);

    await evictDurableObject(stub);
    expect((await stub.register(entry())).rolesChanged).toEqual(change);
    await stub.changeRoles({ ...change, roles: [], changedAt: 4 });
    expect(await stub.rolesChange()).toEqual(change);
  });

  it('[D6] [D10] keeps a change without a connection, then deletes itself', async ({ expect }) => {
    const stub = aDirectory();
    const until = Math.floor(Date.now() / 1_000) + 900;
    expect(await stub.changeRoles({ subject: 'u', roles: [], changedAt: 5, until })).toEqual([]);
    await runInDurableObject(stub, (_, { storage }) => {
      storage.sql.exec('UPDATE role_changes SET until = 1');
    });
    expect(await stub.rolesChange()).toBeUndefined();
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await tablesOf(stub)).toEqual([]);
    expect((await stub.register(entry())).rolesChanged).toBeUndefined();
  });
});
