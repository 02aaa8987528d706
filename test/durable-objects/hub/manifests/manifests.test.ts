import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, it, vi } from 'vitest';
import { seconds } from '../../../../shared/clock.ts';
import type { SessionPrincipal } from '../../../../shared/contracts/edge/principal.ts';
import { changeRoles } from '../../../../workers/connect/hubs/user-changes.ts';
import { FakeIdentity } from '../../../support/fake-identity.ts';
import { aPrincipal, connectToHub } from '../../../support/hub-fixture.ts';
import {
  ManifestFixture,
  ManifestReader,
  newRoles,
  register,
  registry,
  removeServices,
} from '../../../support/manifest-fixture.ts';
import { passTime } from '../../../support/user-object-fixture.ts';

const V1 = 'sallyport.v1';
const DEPLOYED = { '/api/v1/new': { get: { security: [{ accessToken: [] }] } } };
const MOVE = 'POST:/moves';

let fixture: ManifestFixture;
const hub = () => fixture.hub;
const connect = (principal?: SessionPrincipal, subprotocol?: string) =>
  fixture.connect(principal, subprotocol);
const discover = (principal: SessionPrincipal) => fixture.discover(principal);

beforeEach(() => {
  fixture = new ManifestFixture();
});
afterEach(async () => {
  vi.restoreAllMocks();
  FakeIdentity.describing = true;
  FakeIdentity.deployed = {};
  await removeServices();
});

describe('the hash of a manifest', () => {
  it('[H75] is the same for the same lists of one session', async ({ expect }) => {
    const principal = aPrincipal();
    using ann = await connect(principal);
    using bob = await connect();
    await evictDurableObject(hub(), { webSockets: 'hibernate' });
    using again = await connect(principal);
    const [first, second, other] = [ann, again, bob].map(
      ({ manifest }) => manifest['manifestHash'],
    );
    expect(first).toMatch(/^[\w-]{43}$/);
    expect(second).toBe(first);
    expect(other).not.toBe(first);
  });

  it('[H75] that a client shows spares it the lists', async ({ expect }) => {
    const principal = aPrincipal();
    using ann = await connect(principal);
    const parameters = { manifestHash: String(ann.manifest['manifestHash']) };
    using again = await connectToHub(principal, { hub: fixture.name, parameters });
    expect(again.manifest).toMatchObject({ unchanged: true, version: 1, ...parameters });
    expect(again.manifest).toMatchObject({
      limits: expect.anything(),
      peerGuid: expect.anything(),
    });
    expect(again.manifest).not.toHaveProperty('availableApis');
    expect(again.manifest).not.toHaveProperty('shortcuts');
    again.learn(ann.manifest.availableApis);
    expect((await again.call('POST:/echo')).code).toBe(0);
  });

  it('[H75] differs where the lists differ', async ({ expect }) => {
    const principal = aPrincipal();
    using ann = await connect(principal);
    const parameters = { manifestHash: String(ann.manifest['manifestHash']) };
    using admin = await connectToHub(
      { ...principal, roles: ['admin'] },
      { hub: fixture.name, parameters },
    );
    expect(admin.manifest).not.toHaveProperty('unchanged');
    expect(admin.manifest.availableApis.length).toBeGreaterThan(0);
    expect(admin.manifest['manifestHash']).not.toBe(parameters.manifestHash);
    using stranger = await connectToHub(aPrincipal(), { hub: fixture.name, parameters });
    expect(stranger.manifest).not.toHaveProperty('unchanged');
  });
});

describe('a manifest that is sent again', () => {
  it('[H76] [H78] lists a new service among all others', async ({ expect }) => {
    using ann = await connect();
    await register('chess');
    const update = await ann.event();
    expect(update).toMatchObject({
      eventName: 'connect.capability-manifest',
      sessionId: ann.principal.sessionId,
      version: 2,
      reason: 'service_update',
      limits: ann.manifest['limits'],
      peerGuid: ann.manifest['peerGuid'],
    });
    expect(update).not.toHaveProperty('delta');
    const before = ann.manifest.availableApis;
    const now = update['availableApis'] as typeof before;
    expect(now).toHaveLength(before.length + 1);
    expect(now).toEqual(expect.arrayContaining(before));
    ann.learn(now);
    expect((await ann.call(MOVE)).code).toBe(10);
  });

  it('[H76] [H78] lists only the additions and removals for a client of sallyport.v1', async ({
    expect,
  }) => {
    using ann = await connect(aPrincipal(), 'sallyport.v1+problem');
    const reader = new ManifestReader(ann.manifest);
    await register('chess');
    const added = await reader.next(ann);
    expect(added).toMatchObject({ delta: true, version: 2, removed: [], shortcuts: [] });
    expect(added['added']).toEqual([
      {
        serviceId: expect.any(String),
        endpoint: MOVE,
        service: 'chess',
        description: 'Makes a move',
      },
    ]);
    expect(added).not.toHaveProperty('availableApis');
    await registry().removeService('chess', null);
    const removed = await reader.next(ann);
    expect(removed).toMatchObject({ delta: true, version: 3, added: [] });
    expect(removed['removed']).toEqual([(added['added'] as { serviceId: string }[])[0]?.serviceId]);
    expect(reader.sorted).toEqual((await discover(ann.principal)).sorted);
    expect(reader.hash).toBe(ann.manifest['manifestHash']);
  });

  it('[H76] is not sent to clients whose list is unchanged', async ({ expect }) => {
    using ann = await connect();
    using bob = await connect(aPrincipal({ scopes: ['chess'] }));
    await register('chess', { scopes: ['chess'] });
    expect(await bob.event()).toMatchObject({ version: 2 });
    await hub().catalogueChanged();
    await ann.call('POST:/echo');
    await bob.call('POST:/echo');
    expect([ann.inbox, bob.inbox]).toEqual([[], []]);
  });

  it('[H76] costs one GUID for an addition, and none for an unchanged list', async ({ expect }) => {
    using ann = await connect(aPrincipal(), V1);
    using bob = await connect(aPrincipal({ scopes: ['chess'] }), V1);
    await register('chess', { scopes: ['chess'] });
    await bob.event();
    await evictDurableObject(hub(), { webSockets: 'hibernate' });
    await registry().removeService('chess', null);
    await bob.event();
    await hub().catalogueChanged();
    const signs = await runInDurableObject(hub(), async (object) => {
      const spy = vi.spyOn(crypto.subtle, 'sign');
      await object.catalogueChanged();
      return spy.mock.calls.length;
    });
    expect(signs).toBe(0);
    expect(ann.inbox).toEqual([]);
  });

  it('[H76] has the next version after hibernation', async ({ expect }) => {
    using ann = await connect(aPrincipal(), V1);
    const reader = new ManifestReader(ann.manifest);
    await changeRoles(env, newRoles(ann.principal, ['admin']));
    await reader.next(ann);
    for (const roles of [['user'], ['user', 'admin'], []]) {
      await evictDurableObject(hub(), { webSockets: 'hibernate' });
      await changeRoles(env, newRoles(ann.principal, roles));
      const update = await reader.next(ann);
      expect(update).toMatchObject({ delta: true, reason: 'permission_change' });
      expect(reader.endpoints.includes('POST:/api/v1/test/administer')).toBe(
        roles.includes('admin'),
      );
    }
    expect(reader.version).toBe(5);
    expect(reader.sorted).toEqual((await discover({ ...ann.principal, roles: [] })).sorted);
  });

  it('[H77] is sent for a changed role only if that changes the list', async ({ expect }) => {
    using ann = await connect();
    await changeRoles(env, newRoles(ann.principal, ['user', 'collector']));
    await changeRoles(env, newRoles(ann.principal, ['user', 'admin']));
    const update = await ann.event();
    expect(update).toMatchObject({ version: 2, reason: 'permission_change' });
    expect(JSON.stringify(update)).toContain('/api/v1/test/administer');
  });

  it('[H78] has the whole list if the hub no longer has the last one', async ({ expect }) => {
    using ann = await connect(aPrincipal(), V1);
    const reader = new ManifestReader(ann.manifest);
    await runInDurableObject(hub(), (_, { storage }) => void storage.sql.exec('DELETE FROM lists'));
    await changeRoles(env, newRoles(ann.principal, ['admin']));
    const update = await reader.next(ann);
    expect(update).not.toHaveProperty('delta');
    expect(reader.sorted).toEqual((await discover({ ...ann.principal, roles: ['admin'] })).sorted);
  });

  it('[H78] leaves one row for each list that a client has', async ({ expect }) => {
    using ann = await connect();
    using bob = await connect();
    using eve = await connect(aPrincipal({ roles: ['admin'] }));
    const lists = () =>
      runInDurableObject(hub(), (_, { storage }) =>
        Number(storage.sql.exec('SELECT count(*) AS n FROM lists').one()['n']),
      );
    expect(await lists()).toBe(2);
    await register('chess');
    for (const client of [ann, bob, eve]) await client.event();
    await hub().catalogueChanged();
    expect(await lists()).toBe(2);
  });

  it('[H79] follows the first if services change while the connection opens', async ({
    expect,
  }) => {
    const principal = aPrincipal();
    FakeIdentity.whileChecking.set(principal.sessionId, async () => {
      // The list is read while the session is checked.
      await scheduler.wait(20);
      await register('chess');
      await hub().catalogueChanged();
    });
    using ann = await connect(principal);
    const reader = new ManifestReader(ann.manifest);
    expect(reader.endpoints).not.toContain(MOVE);
    expect(await reader.next(ann)).toMatchObject({ version: 2 });
    expect(reader.endpoints).toContain(MOVE);
  });

  it('[H79] follows the first if roles change while the connection opens', async ({ expect }) => {
    const principal = aPrincipal();
    FakeIdentity.whileChecking.set(principal.sessionId, async () => {
      await scheduler.wait(20);
      await changeRoles(env, newRoles(principal, ['admin']));
    });
    using ann = await connect(principal);
    const reader = new ManifestReader(ann.manifest);
    expect(reader.endpoints).not.toContain('POST:/api/v1/test/administer');
    expect(await reader.next(ann)).toMatchObject({ version: 2 });
    expect(reader.endpoints).toContain('POST:/api/v1/test/administer');
  });

  it('[H80] repeats the last sequence and is not logged', async ({ expect }) => {
    using ann = await connect();
    const event = {
      eventId: crypto.randomUUID(),
      eventName: 'game.begun',
      timestamp: new Date().toISOString(),
      target: { session: ann.principal.sessionId },
      payload: {},
      ephemeral: false,
    };
    await hub().publish([event]);
    await register('chess');
    await vi.waitFor(() => expect(ann.inbox).toHaveLength(2));
    await hub().publish([{ ...event, eventId: crypto.randomUUID() }]);
    await vi.waitFor(() => expect(ann.inbox).toHaveLength(3));
    expect(ann.inbox.map(({ sequence }) => sequence)).toEqual([2, 2, 3]);

    const parameters = { lastSequence: 1 };
    using again = await connectToHub(ann.principal, { hub: fixture.name, parameters });
    expect(again.manifest).toMatchObject({ resumed: true, version: 1 });
    await vi.waitFor(() => expect(again.inbox).toHaveLength(2));
    expect(again.inbox.map(({ sequence }) => sequence)).toEqual([2, 3]);
  });

  it('[H76] decides about the next call', async ({ expect }) => {
    using ann = await connect();
    await ann.call('POST:/echo');
    await register('chess');
    const reader = new ManifestReader(ann.manifest);
    await reader.next(ann);
    ann.learn([...reader.apis.values()]);
    expect((await ann.call(MOVE)).code).toBe(10);
    await registry().removeService('chess', null);
    await reader.next(ann);
    expect((await ann.call(MOVE)).code).toBe(30);
  });

  it('[H76] is sent when a client connects after a deploy of a first-party Worker', async ({
    expect,
  }) => {
    using ann = await connect();
    FakeIdentity.deployed = DEPLOYED;
    using soon = await connect();
    expect(JSON.stringify(soon.manifest)).not.toContain('/api/v1/new');
    passTime(seconds(61));
    using late = await connect();
    expect(JSON.stringify(late.manifest)).toContain('/api/v1/new');
    expect(await ann.event()).toMatchObject({ version: 2, reason: 'service_update' });
    expect(await soon.event()).toMatchObject({ version: 2 });
    await late.call('POST:/echo');
    expect(late.inbox).toEqual([]);
  });

  it('[H76] is sent when the hub wakes after a deploy', async ({ expect }) => {
    using ann = await connect();
    await evictDurableObject(hub(), { webSockets: 'hibernate' });
    FakeIdentity.deployed = DEPLOYED;
    await ann.call('POST:/echo');
    expect(await ann.event()).toMatchObject({ version: 2, reason: 'service_update' });
  });

  it('[H76] is sent once a catalogue can be read again', async ({ expect }) => {
    using ann = await connect();
    FakeIdentity.describing = false;
    const failure = await runInDurableObject(hub(), (object) =>
      object.catalogueChanged().then(() => 'none', String),
    );
    expect(failure).toContain('Cannot describe');
    await register('chess');
    await scheduler.wait(20);
    FakeIdentity.describing = true;
    expect(ann.inbox).toEqual([]);
    await hub().catalogueChanged();
    expect(await ann.event()).toMatchObject({ reason: 'service_update' });
  });
});

describe('discovery', () => {
  it('[H81] returns what the manifest lists, also without a connection', async ({ expect }) => {
    using ann = await connect();
    const found = await hub().discover(ann.principal);
    const { sessionId, availableApis, shortcuts, manifestHash } = ann.manifest;
    expect(found).toEqual({ sessionId, availableApis, shortcuts, manifestHash, version: 1 });
    await register('chess');
    await ann.event();
    expect(await hub().discover(ann.principal)).toMatchObject({ version: 2 });
    expect(await hub().discover(aPrincipal())).toMatchObject({ version: 0 });
  });

  it('[H81] [H83] uses the roles that have changed since the token', async ({ expect }) => {
    const principal = aPrincipal({ roles: ['admin'] });
    await changeRoles(env, newRoles(principal, ['user']));
    expect((await discover(principal)).endpoints).not.toContain('POST:/api/v1/test/administer');
  });
});
