import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, it } from 'vitest';
import { rpc } from '../../../shared/contracts/bindings.ts';
import type { RegistryRpc } from '../../../shared/contracts/connect/registry-rpc.ts';
import { aRegisteredEndpoint, aRegistration } from '../../support/registrations.ts';

/** A registry of its own for every test. */
function aRegistry() {
  const stub = env.REGISTRIES.getByName(crypto.randomUUID());
  return { stub, registry: rpc<RegistryRpc>(stub) };
}

describe('RegistryObject', () => {
  it('[RG1] [RG4] lists each hub once, across eviction', async ({ expect }) => {
    const { stub, registry } = aRegistry();
    expect(await registry.hubs()).toEqual([]);
    for (const hub of ['hub:eu:0', 'hub:na:1', 'hub:eu:0']) await registry.addHub(hub);
    await evictDurableObject(stub);
    expect(await registry.hubs()).toEqual(['hub:eu:0', 'hub:na:1']);
  });

  it('[RG2] [RG4] lists each service as it was registered last, and increments the version', async ({
    expect,
  }) => {
    const { stub, registry } = aRegistry();
    const [chess, go] = [aRegistration({ name: 'chess' }), aRegistration({ name: 'go' })];
    await registry.addService(go);
    await registry.addService(chess);
    expect(await registry.services()).toEqual({
      version: 2,
      services: [
        { ...chess, health: 'unknown' },
        { ...go, health: 'unknown' },
      ],
    });

    const moved = { ...go, baseUrl: 'https://go.example/v2', endpoints: [] };
    expect(await registry.replaceService(moved, null)).toEqual({ ok: true, value: undefined });
    expect(await registry.removeService('chess', null)).toEqual({ ok: true, value: undefined });
    await evictDurableObject(stub);
    expect(await registry.services()).toEqual({
      version: 4,
      services: [{ ...moved, health: 'unknown' }],
    });
    expect(await registry.service('go')).toEqual({ ...moved, health: 'unknown' });
    expect(await registry.service('chess')).toBeUndefined();
  });

  it('[RG11] gives an audience to one service, whichever is first', async ({ expect }) => {
    const { registry } = aRegistry();
    const audience = 'https://games.example';
    const [chess, go] = ['chess', 'go'].map((name) => aRegistration({ name, audience }));
    if (chess === undefined || go === undefined) throw new Error('Cannot be');
    const added = await Promise.all([registry.addService(chess), registry.addService(go)]);
    expect(added).toEqual([
      { ok: true, value: undefined },
      { ok: false, error: 'audience_taken' },
    ]);
    await registry.addService({ ...go, audience: 'https://go.example' });
    expect(await registry.replaceService({ ...go, audience: `${audience}/` }, null)).toEqual({
      ok: false,
      error: 'audience_taken',
    });
    expect(await registry.hasAudience(`${audience}/`)).toBe(true);
    expect(await registry.replaceService(chess, null)).toMatchObject({ ok: true });
  });

  it('[RG2-RG3] changes nothing when it refuses a change', async ({ expect }) => {
    const { registry } = aRegistry();
    const chess = aRegistration({ name: 'chess' });
    await registry.addService(chess);
    const endpoints = Array.from({ length: 501 }, (_, n) =>
      aRegisteredEndpoint({ path: `/moves/${n}` }),
    );
    const description = 'x'.repeat(1_048_576);
    const large = { ...chess, endpoints: [aRegisteredEndpoint({ description })] };
    const refusals = [
      await registry.addService(chess),
      await registry.replaceService(aRegistration({ name: 'go' }), null),
      await registry.replaceService({ ...chess, endpoints }, null),
      await registry.replaceService(large, null),
    ];
    expect(refusals).toEqual(
      ['exists', 'unknown', 'too_many_endpoints', 'too_large'].map((error) => ({
        ok: false,
        error,
      })),
    );
    expect(await registry.removeService('go', null)).toEqual({ ok: false, error: 'unknown' });
    expect(await registry.services()).toMatchObject({ version: 1, services: [chess] });
  });

  it('[RG3] accepts 500 endpoints of a service, and 200 services, and no more', async ({
    expect,
  }) => {
    const { registry } = aRegistry();
    const endpoints = Array.from({ length: 500 }, (_, n) =>
      aRegisteredEndpoint({ path: `/moves/${n}` }),
    );
    expect(await registry.addService(aRegistration({ endpoints }))).toMatchObject({ ok: true });
    for (let n = 1; n < 200; n += 1) await registry.addService(aRegistration({ name: `s${n}` }));
    expect(await registry.addService(aRegistration({ name: 'one-more' }))).toEqual({
      ok: false,
      error: 'too_many_services',
    });
    expect(await registry.replaceService(aRegistration({ name: 's1' }), null)).toMatchObject({
      ok: true,
    });
    expect((await registry.services()).services).toHaveLength(200);
  });

  it('[RG3] accepts services of 16 MiB together, and no more', async ({ expect }) => {
    const { registry } = aRegistry();
    const description = 'x'.repeat(1_000_000);
    const endpoints = [aRegisteredEndpoint({ description })];
    const outcomes = [];
    for (let n = 0; n < 17; n += 1) {
      outcomes.push(await registry.addService(aRegistration({ name: `s${n}`, endpoints })));
    }
    expect(outcomes.findIndex(({ ok }) => !ok)).toBe(16);
    expect(outcomes[16]).toEqual({ ok: false, error: 'too_large' });
    // What takes the place of something counts in its stead.
    const again = await registry.replaceService(aRegistration({ name: 's0', endpoints }), null);
    expect(again).toMatchObject({ ok: true });
  });

  it('[RG12] gives one client 20 services, and leaves the others theirs', async ({ expect }) => {
    const { registry } = aRegistry();
    const outcomes = [];
    for (let n = 0; n < 21; n += 1) {
      outcomes.push(await registry.addService(aRegistration({ name: `s${n}`, owner: 'greedy' })));
    }
    expect(outcomes.slice(0, 20).every(({ ok }) => ok)).toBe(true);
    expect(outcomes[20]).toEqual({ ok: false, error: 'too_many_of_owner' });
    const others = ['modest', null].map((owner, n) => aRegistration({ name: `o${n}`, owner }));
    for (const other of others)
      expect(await registry.addService(other)).toMatchObject({ ok: true });
    const again = aRegistration({ name: 's0', endpoints: [] });
    expect(await registry.replaceService(again, 'greedy')).toMatchObject({ ok: true });
    await registry.removeService('s1', 'greedy');
    const next = aRegistration({ name: 's20', owner: 'greedy' });
    expect(await registry.addService(next)).toMatchObject({ ok: true });
  });

  it('[RG12] gives one client its share of the bytes', async ({ expect }) => {
    const { stub, registry } = aRegistry();
    const endpoints = [aRegisteredEndpoint({ description: 'x'.repeat(1_000_000) })];
    const add = (name: string, owner: string | null) =>
      registry.addService(aRegistration({ name, owner, endpoints }));
    expect(await add('a', 'greedy')).toMatchObject({ ok: true });
    expect(await add('b', 'greedy')).toEqual({ ok: false, error: 'too_large_of_owner' });
    expect(await add('b', 'modest')).toMatchObject({ ok: true });
    for (const name of ['c', 'd']) expect(await add(name, null)).toMatchObject({ ok: true });
    const again = aRegistration({ name: 'a', endpoints });
    expect(await registry.replaceService(again, 'greedy')).toMatchObject({ ok: true });
    // A client that had more before there was a budget.
    await runInDurableObject(stub, (_, { storage }) => {
      storage.sql.exec(
        "UPDATE services SET registration = json_set(registration, '$.owner', 'greedy') WHERE name = 'c'",
      );
    });
    const longer = [aRegisteredEndpoint({ description: 'x'.repeat(1_000_100) })];
    expect(
      await registry.replaceService(aRegistration({ name: 'a', endpoints: longer }), 'greedy'),
    ).toEqual({ ok: false, error: 'too_large_of_owner' });
    const shorter = [aRegisteredEndpoint({ description: 'x'.repeat(900_000) })];
    expect(
      await registry.replaceService(aRegistration({ name: 'a', endpoints: shorter }), 'greedy'),
    ).toMatchObject({ ok: true });
  });

  it('[RG10] lets a service be changed by the client that registered it and by administrators', async ({
    expect,
  }) => {
    const { registry } = aRegistry();
    const { owner: _, ...chess } = aRegistration();
    const refused = { ok: false, error: 'not_yours' };
    await registry.addService({ ...chess, owner: 'the chess server' });
    expect(await registry.replaceService(chess, 'another client')).toEqual(refused);
    expect(await registry.removeService('chess', 'another client')).toEqual(refused);
    expect(await registry.replaceService(chess, null)).toMatchObject({ ok: true });
    expect(await registry.replaceService(chess, 'the chess server')).toMatchObject({ ok: true });
    expect(await registry.service('chess')).toMatchObject({ owner: 'the chess server' });
    expect(await registry.removeService('chess', 'the chess server')).toMatchObject({ ok: true });

    await registry.addService({ ...chess, owner: null });
    expect(await registry.removeService('chess', 'the chess server')).toEqual(refused);
    expect(await registry.removeService('chess', null)).toMatchObject({ ok: true });
  });
});
