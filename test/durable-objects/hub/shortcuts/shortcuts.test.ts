import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, it, vi } from 'vitest';
import { fromUtf8, utf8 } from '../../../../shared/bytes.ts';
import { days, seconds } from '../../../../shared/clock.ts';
import { rpc } from '../../../../shared/contracts/bindings.ts';
import type { ShortcutBinding } from '../../../../shared/contracts/connect/hub-rpc.ts';
import {
  REGISTRY_NAME,
  type RegistryRpc,
} from '../../../../shared/contracts/connect/registry-rpc.ts';
import { readJson } from '../../../support/hub-client.ts';
import { aPrincipal, connectToHub, type SessionClient } from '../../../support/hub-fixture.ts';
import { ManifestReader } from '../../../support/manifest-fixture.ts';
import { aRegistration } from '../../../support/registrations.ts';
import { aBinding, INSPECT } from '../../../support/shortcut-fixture.ts';
import { passTime } from '../../../support/user-object-fixture.ts';

const registry = () => rpc<RegistryRpc>(env.REGISTRIES.getByName(REGISTRY_NAME));
const ADMINISTER = 'POST:/api/v1/test/administer';
const MOVES = { service: 'chess', endpoint: 'POST:/moves' };

let name: string;
const hub = () => env.HUBS.getByName(name);
const connect = (principal = aPrincipal(), subprotocol?: string) =>
  connectToHub(principal, { hub: name, ...(subprotocol && { subprotocol }) });

beforeEach(() => {
  name = `hub:shortcuts:${crypto.randomUUID()}`;
});
afterEach(async () => {
  vi.restoreAllMocks();
  await registry().removeService('chess', null);
});

/** Binds a shortcut, waits until the client has the manifest, and returns the GUID. */
async function bind(client: SessionClient, change: Partial<ShortcutBinding> = {}): Promise<string> {
  const outcome = await hub().bindShortcut(aBinding(client, change));
  if (outcome.as !== 'bound') throw new Error(`Cannot bind: ${outcome.as}`);
  await client.event();
  return outcome.shortcutId;
}

const bodyOf = async (client: SessionClient, guid: string, more: object = {}) => {
  const answer = await client.call('', { guid, ...more });
  return [answer.code, answer.code === 0 ? (readJson(answer) as { body: string }).body : ''];
};

describe('a shortcut', () => {
  it('[H84] calls its endpoint with its own payload, whatever the client sends', async ({
    expect,
  }) => {
    using ann = await connect();
    const guid = await bind(ann);
    expect(await bodyOf(ann, guid)).toEqual([0, '{"match":7}']);
    expect(await bodyOf(ann, guid, { json: { match: 8 } })).toEqual([0, '{"match":7}']);
    expect(await bodyOf(ann, guid, { flags: 0x01, payload: utf8('x') })).toEqual([
      0,
      '{"match":7}',
    ]);
  });

  it('[H84] has a payload of bytes', async ({ expect }) => {
    using ann = await connect();
    const guid = await bind(ann, {
      service: 'echo',
      endpoint: 'POST:/echo',
      payload: new Uint8Array([0, 255]),
      binary: true,
    });
    const answer = await ann.call('', { guid });
    expect([answer.flags, [...answer.payload]]).toEqual([0x41, [0, 255]]);
  });

  it('[H84] lends no permission: the session must have that of the endpoint', async ({
    expect,
  }) => {
    using ann = await connect();
    const refused = await bind(ann, { endpoint: ADMINISTER });
    expect((await ann.call('', { guid: refused })).code).toBe(52);
    expect((await ann.call('', { guid: refused, flags: 0x80 })).code).toBe(52);

    using eve = await connect(aPrincipal({ roles: ['admin'] }));
    const guid = await bind(eve, { endpoint: ADMINISTER });
    expect((await eve.call('', { guid })).code).toBe(0);
    const described = await eve.call('', { guid, flags: 0x80 });
    expect(readJson(described)).toMatchObject({ endpointKey: ADMINISTER });
  });

  it('[H84] is looked up before the client flag, and belongs to its session alone', async ({
    expect,
  }) => {
    using ann = await connect();
    using bob = await connect();
    const guid = await bind(ann);
    expect((await ann.call('', { guid, flags: 0x20 })).code).toBe(0);
    expect((await bob.call('', { guid })).code).toBe(30);
  });

  it('[H84] is executed once for a message id, like its endpoint', async ({ expect }) => {
    using ann = await connect();
    const guid = await bind(ann, { endpoint: 'POST:/api/v1/test/count' });
    const first = await ann.call('', { guid, messageId: 9n });
    expect(await ann.call('', { guid, messageId: 9n })).toEqual(first);
    expect(readJson(first)).toEqual({ counted: 1 });
  });

  it('[H85] has a version 7 GUID of its name, session and source', async ({ expect }) => {
    using ann = await connect();
    using bob = await connect();
    const guid = await bind(ann);
    await registry().addService(aRegistration({ shortcuts: 'any' }));
    await ann.event();
    expect(guid).toMatch(/^.{8}-.{4}-7.{3}-[89ab].{3}-.{12}$/);
    const others = [
      await bind(ann, { name: 'leave' }),
      await bind(ann, { ...MOVES, source: 'another' }),
      await bind(bob),
    ];
    expect(new Set([guid, ...others]).size).toBe(4);
    expect(await bind(ann, { payload: utf8('2') })).toBe(guid);
    expect(await bodyOf(ann, guid)).toEqual([0, '2']);
  });

  it('[H86] is answered with 70 after it has expired', async ({ expect }) => {
    using ann = await connect();
    const guid = await bind(ann, { expiresAt: Date.now() + seconds(1) });
    expect((await ann.call('', { guid })).code).toBe(0);
    passTime(seconds(1));
    expect((await ann.call('', { guid })).code).toBe(70);
    expect((await ann.call('', { guid, flags: 0x80 })).code).toBe(70);
    await evictDurableObject(hub(), { webSockets: 'hibernate' });
    expect((await ann.call('', { guid })).code).toBe(70);
  });

  it('[H86] is answered with 71 while its service does not exist', async ({ expect }) => {
    using ann = await connect();
    await registry().addService(aRegistration({ name: 'chess' }));
    await ann.event();
    const guid = await bind(ann, { service: 'chess', endpoint: 'POST:/moves' });
    await registry().removeService('chess', null);
    await ann.event();
    expect((await ann.call('', { guid })).code).toBe(71);
  });

  it('[H86] is answered with 72 after it was revoked, also after hibernation, and can be bound again', async ({
    expect,
  }) => {
    using ann = await connect();
    const { sessionId } = ann.principal;
    const guid = await bind(ann);
    expect(await hub().revokeShortcuts({ sessionId, source: 'sallyport', name: 'join' })).toBe(1);
    expect((await ann.call('', { guid })).code).toBe(72);
    expect(await hub().revokeShortcuts({ sessionId, source: 'sallyport', name: 'join' })).toBe(0);
    await evictDurableObject(hub(), { webSockets: 'hibernate' });
    expect((await ann.call('', { guid })).code).toBe(72);
    await ann.event();
    expect(await bind(ann)).toBe(guid);
    expect((await ann.call('', { guid })).code).toBe(0);
  });

  it('[H86] is forgotten a day after its end', async ({ expect }) => {
    using ann = await connect();
    const { sessionId } = ann.principal;
    const [revoked, expired] = [
      await bind(ann, { name: 'revoked' }),
      await bind(ann, { name: 'expired', expiresAt: Date.now() + 1 }),
    ];
    await hub().revokeShortcuts({ sessionId, source: 'sallyport', name: 'revoked' });
    await ann.event();
    passTime(days(1) - seconds(10));
    await bind(ann, { name: 'a' });
    expect([
      (await ann.call('', { guid: revoked })).code,
      (await ann.call('', { guid: expired })).code,
    ]).toEqual([72, 70]);
    passTime(days(1) + seconds(10));
    await bind(ann, { name: 'b' });
    expect([
      (await ann.call('', { guid: revoked })).code,
      (await ann.call('', { guid: expired })).code,
    ]).toEqual([30, 30]);
  });
});

describe('shortcuts in manifests', () => {
  it('[H87] are listed in both lists as soon as they are bound', async ({ expect }) => {
    using ann = await connect();
    const expiresAt = Date.now() + seconds(60);
    const outcome = await hub().bindShortcut(
      aBinding(ann, {
        description: 'Joins the match',
        displayName: 'Join',
        tags: ['match'],
        expiresAt,
      }),
    );
    const update = await ann.event();
    const shortcutId = outcome.as === 'bound' ? outcome.shortcutId : '';
    expect(update).toMatchObject({ version: 2, reason: 'session_update' });
    expect(update['shortcuts']).toEqual([
      {
        shortcutId,
        serviceId: shortcutId,
        name: 'join',
        service: 'shortcut',
        targetService: 'identity',
        endpoint: INSPECT,
        description: 'Joins the match',
        displayName: 'Join',
        tags: ['match'],
        expiresAt: new Date(expiresAt).toISOString(),
      },
    ]);
    expect(update['availableApis']).toContainEqual({
      serviceId: shortcutId,
      endpoint: 'join',
      service: 'shortcut',
      description: 'Joins the match',
    });
    expect(await hub().discover(ann.principal)).toMatchObject({
      shortcuts: update['shortcuts'],
      availableApis: update['availableApis'],
      manifestHash: update['manifestHash'],
    });
  });

  it('[H87] are sent as changes to a client of sallyport.v1', async ({ expect }) => {
    using ann = await connect(aPrincipal(), 'sallyport.v1');
    const { sessionId } = ann.principal;
    const reader = new ManifestReader(ann.manifest);
    const first = reader.hash;
    const update = async (change: () => Promise<unknown>) => {
      await change();
      return reader.next(ann);
    };
    const added = await update(() => hub().bindShortcut(aBinding(ann)));
    expect(added).toMatchObject({ delta: true, removed: [], added: [{ service: 'shortcut' }] });
    await update(() => hub().bindShortcut(aBinding(ann, { name: 'leave' })));
    expect(reader.shortcuts.map((each) => each.name)).toEqual(['join', 'leave']);
    expect(reader.hash).not.toBe(first);
    const removed = await update(() => hub().revokeShortcuts({ sessionId, source: 'sallyport' }));
    expect(removed).toMatchObject({ delta: true, added: [], shortcuts: [] });
    expect(removed['removed']).toHaveLength(2);
    expect([reader.hash, reader.sorted]).toEqual([first, new ManifestReader(ann.manifest).sorted]);
  });

  it('[H87] are removed when they expire, also while the hub hibernates', async ({ expect }) => {
    using ann = await connect();
    await bind(ann, { expiresAt: Date.now() + seconds(60) });
    await bind(ann, { name: 'later', expiresAt: Date.now() + seconds(120) });
    await evictDurableObject(hub(), { webSockets: 'hibernate' });
    passTime(seconds(61));
    await hub().holding([]);
    expect(await runDurableObjectAlarm(hub())).toBe(true);
    const update = await ann.event();
    expect(update['shortcuts']).toMatchObject([{ name: 'later' }]);
    expect(JSON.stringify(update['availableApis'])).not.toContain('"join"');
    const at = await runInDurableObject(hub(), (_, { storage }) =>
      storage.sql.exec("SELECT at FROM _timers WHERE name = 'shortcuts'").one(),
    );
    expect(Number(at['at'])).toBeGreaterThan(Date.now());
  });

  it('[H79] that are bound while a connection opens follow its first manifest', async ({
    expect,
  }) => {
    const principal = aPrincipal();
    using ann = await connect(principal);
    const parameters = { manifestHash: String(ann.manifest['manifestHash']) };
    await bind(ann);
    using again = await connectToHub(principal, { hub: name, parameters });
    expect(again.manifest).not.toHaveProperty('unchanged');
    expect(again.manifest['shortcuts']).toMatchObject([{ name: 'join' }]);
  });
});

describe('the life of shortcuts', () => {
  it('[H88] continues over hibernation and the return of the client', async ({ expect }) => {
    using ann = await connect();
    const guid = await bind(ann);
    await evictDurableObject(hub(), { webSockets: 'hibernate' });
    expect((await ann.call('', { guid })).code).toBe(0);
    const parameters = { lastSequence: 1 };
    using again = await connectToHub(ann.principal, { hub: name, parameters });
    expect(again.manifest).toMatchObject({ resumed: true, shortcuts: [{ shortcutId: guid }] });
    expect((await again.call('', { guid })).code).toBe(0);
    using anew = await connect(ann.principal);
    expect(anew.manifest).toMatchObject({ resumed: false, shortcuts: [{ shortcutId: guid }] });
  });

  it('[H88] ends with the stream', async ({ expect }) => {
    using ann = await connect();
    await bind(ann);
    await hub().endSessions([ann.principal.sessionId], 'kicked');
    const left = await runInDurableObject(hub(), (_, { storage }) =>
      storage.sql.exec('SELECT * FROM shortcuts').toArray(),
    );
    expect(left).toEqual([]);
  });

  it('[H89] begins only if the hub holds the session and the endpoint exists', async ({
    expect,
  }) => {
    using ann = await connect();
    const bindWith = async (change: Partial<ShortcutBinding>) =>
      (await hub().bindShortcut(aBinding(ann, change))).as;
    expect(await bindWith({ sessionId: 'ses_nobody' })).toBe('no_session');
    expect(await bindWith({ endpoint: 'POST:/nothing' })).toBe('no_target');
    expect(await bindWith({ service: 'chess' })).toBe('no_target');
    expect(ann.inbox).toEqual([]);
  });

  it('[H89] can begin with an endpoint that was registered a moment ago', async ({ expect }) => {
    using ann = await connect();
    vi.spyOn(Date, 'now').mockReturnValue(Date.now());
    await registry().addService(aRegistration({ name: 'chess' }));
    const binding = aBinding(ann, { service: 'chess', endpoint: 'POST:/moves' });
    expect((await hub().bindShortcut(binding)).as).toBe('bound');
  });

  it('[H89] begins for at most 100 shortcuts of a session', async ({ expect }) => {
    using ann = await connect();
    using bob = await connect();
    const outcomes: string[] = [];
    for (let n = 0; n <= 100; n += 1) {
      outcomes.push((await hub().bindShortcut(aBinding(ann, { name: `n${n}` }))).as);
    }
    expect(outcomes.filter((as) => as === 'bound')).toHaveLength(100);
    expect(outcomes.at(-1)).toBe('too_many');
    expect((await hub().bindShortcut(aBinding(ann, { name: 'n7' }))).as).toBe('bound');
    expect((await hub().bindShortcut(aBinding(bob))).as).toBe('bound');
    await hub().revokeShortcuts({ ...ann.principal, source: 'sallyport', name: 'n0' });
    expect((await hub().bindShortcut(aBinding(ann, { name: 'more' }))).as).toBe('bound');
  });

  it('[H89] is ended by the client that bound it, and by no other', async ({ expect }) => {
    using ann = await connect();
    const { sessionId } = ann.principal;
    const mine = await bind(ann);
    await registry().addService(aRegistration({ shortcuts: 'any' }));
    await ann.event();
    const theirs = await bind(ann, { ...MOVES, source: 'another' });
    expect(await hub().revokeShortcuts({ sessionId, source: 'nobody' })).toBe(0);
    expect(await hub().revokeShortcuts({ sessionId, source: 'another', name: 'x' })).toBe(0);
    expect(await hub().revokeShortcuts({ sessionId, source: 'another' })).toBe(1);
    await ann.event();
    expect((await ann.call('', { guid: theirs })).code).toBe(72);
    expect(fromUtf8(utf8(String(await bodyOf(ann, mine))))).toContain('match');
  });
});
