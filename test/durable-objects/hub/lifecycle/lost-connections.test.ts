import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, it } from 'vitest';

import { wireHub } from '../../../../durable-objects/hub/wiring.ts';
import { toBase64Url } from '../../../../shared/bytes.ts';
import { directoryName } from '../../../../shared/contracts/connect/connect-rpc.ts';
import type { UpgradeParameters } from '../../../../shared/contracts/connect/upgrade-parameters.ts';
import { importConnectSalts, readConnectSalts } from '../../../../shared/tokens/connect-salts.ts';
import {
  anEvent,
  connectClient,
  hub,
  hubsOf,
  loseConnection,
  publishTo,
  requestConnect,
  runHubAlarm,
  tokenOf,
} from '../../../support/connect-fixture.ts';
import {
  aPrincipal,
  clientOf,
  connectToHub,
  HUB,
  type SessionClient,
} from '../../../support/hub-fixture.ts';

describe('a lost connection', () => {
  it('[H50] leaves its stream and its directory entry for the window, and then neither', async ({
    expect,
  }) => {
    using ann = await connectClient({ principal: aPrincipal() });
    const { principal } = ann;
    await loseConnection(ann);
    await runHubAlarm();
    expect(await hubsOf(principal)).toEqual([HUB]);
    expect(await publishTo(principal.sessionId, 'kept')).toEqual({ delivered: 0, kept: 1 });

    await runInDurableObject(hub(), (_, { storage }) => {
      const { sessionId } = principal;
      storage.sql.exec(
        'UPDATE streams SET lost_at = lost_at - 300000 WHERE session_id = ?',
        sessionId,
      );
    });
    await evictDurableObject(hub(), { webSockets: 'hibernate' });
    await runHubAlarm();
    expect(await publishTo(principal.sessionId, 'late')).toEqual({ delivered: 0, kept: 0 });
    await expect.poll(() => hubsOf(principal)).toEqual([]);
    expect((await requestConnect({ token: tokenOf(ann), lastSequence: 1 })).status).toBe(401);
  });

  it('[H50] wakes the hub at the end of its window', async ({ expect }) => {
    const name = `hub:test:${crypto.randomUUID()}`;
    const ann = await connectToHub(undefined, { hub: name });
    const before = Date.now();
    await loseConnection(ann);
    const alarm = () =>
      runInDurableObject(env.HUBS.getByName(name), (_, { storage }) => storage.getAlarm());
    await expect.poll(alarm).toBeLessThanOrEqual(Date.now() + 300_000);
    expect(await alarm()).toBeGreaterThanOrEqual(before + 300_000);
  });

  it('[H50] loses its stream when the session is ended or connects at another hub', async ({
    expect,
  }) => {
    using ann = await connectClient({ principal: aPrincipal() });
    await loseConnection(ann);
    expect(await hub().endSessions([ann.principal.sessionId], 'session_revoked')).toBe(0);
    expect((await requestConnect({ token: tokenOf(ann), lastSequence: 1 })).status).toBe(401);
    await expect.poll(() => hubsOf(ann.principal)).toEqual([]);

    using bob = await connectClient({ principal: aPrincipal() });
    await loseConnection(bob);
    const other = `hub:test:${crypto.randomUUID()}`;
    using elsewhere = await connectToHub(bob.principal, { hub: other });
    await expect.poll(() => hubsOf(bob.principal)).toEqual([other]);
    expect((await requestConnect({ token: tokenOf(bob), lastSequence: 1 })).status).toBe(401);
    expect((await elsewhere.call('POST:/echo')).code).toBe(0);
  });

  it('[H63] is resumed at a hub whose process died, and its client misses nothing', async ({
    expect,
  }) => {
    const clients = await Promise.all(
      Array.from({ length: 5 }, () => connectClient({ principal: aPrincipal() })),
    );
    const run = crypto.randomUUID();
    await hub().publish([anEvent('all', `${run}/before`)]);
    for (const client of clients) expect(await client.events(1)).toEqual([[2, 'before']]);
    await evictDurableObject(hub(), { webSockets: 'close' });
    await hub().publish([anEvent('all', `${run}/between`)]);
    await evictDurableObject(hub(), { webSockets: 'close' });
    for (const client of clients) {
      const { principal } = client;
      using back = await connectClient({ token: tokenOf(client), lastSequence: 2 }, principal);
      await publishTo(principal.sessionId, 'after');
      expect(await back.events(2)).toEqual([
        [3, 'between'],
        [4, 'after'],
      ]);
    }
  });

  it('[H63] of a process that died has its window from when the loss is noticed', async ({
    expect,
  }) => {
    const name = `hub:test:${crypto.randomUUID()}`;
    const stub = env.HUBS.getByName(name);
    const ann = await connectToHub(undefined, { hub: name });
    const { subject, sessionId } = ann.principal;
    const directory = env.DIRECTORIES.getByName(directoryName(subject));
    const expiry = () =>
      runInDurableObject(
        directory,
        (_, { storage }) =>
          storage.sql.exec('SELECT expires_at AS at FROM connections').one()['at'],
      );
    const before = await expiry();
    await evictDurableObject(stub, { webSockets: 'close' });
    const counts = await stub.publish([anEvent({ session: sessionId }, sessionId)]);
    expect(counts.kept).toBe(1);
    await expect.poll(expiry).not.toBe(before);
    const timers = await runInDurableObject(stub, (_, { storage }) =>
      storage.sql.exec("SELECT 1 FROM _timers WHERE name = 'streams'").toArray(),
    );
    expect(timers).toHaveLength(1);
  });

  it('[H63] keeps its stream counting over hibernation', async ({ expect }) => {
    using ann = await connectClient({ principal: aPrincipal() });
    const { sessionId } = ann.principal;
    for (const id of ['a', 'b', 'c']) {
      await publishTo(sessionId, id);
      await evictDurableObject(hub(), { webSockets: 'hibernate' });
    }
    expect(await ann.events(3)).toEqual(['a', 'b', 'c'].map((id, index) => [index + 2, id]));
  });

  it('[H56] that the hub has not noticed is replaced by the one that comes back', async ({
    expect,
  }) => {
    using ann = await connectClient({ principal: aPrincipal() });
    const { sessionId } = ann.principal;
    await publishTo(sessionId, 'a');
    using back = await connectClient({ token: tokenOf(ann), lastSequence: 1 }, ann.principal);
    await publishTo(sessionId, 'b');
    expect(await back.events(2)).toEqual([
      [2, 'a'],
      [3, 'b'],
    ]);
    expect(await ann.events(2)).toEqual([
      [2, 'a'],
      [2, 'connect.disconnect-notification'],
    ]);
    expect(await ann.closed).toMatchObject({ code: 4409 });
    await expect.poll(() => hubsOf(ann.principal)).toEqual([HUB]);
    await loseConnection(back);
    using again = await connectClient({ token: tokenOf(back), lastSequence: 3 }, ann.principal);
    expect(again.manifest['resumed']).toBe(true);
  });

  it('[H56] is replaced once by many simultaneous returns', async ({ expect }) => {
    using ann = await connectClient({ principal: aPrincipal() });
    const { sessionId } = ann.principal;
    await loseConnection(ann);
    await publishTo(sessionId, 'a');
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => requestConnect({ token: tokenOf(ann), lastSequence: 1 })),
    );
    const open = answers.filter(({ status }) => status === 101);
    expect(answers.filter(({ status }) => ![101, 401, 409].includes(status))).toEqual([]);
    const clients = await Promise.all(open.map((answer) => clientOf(answer, ann.principal)));
    await publishTo(sessionId, 'b');
    const isLast = async (client: SessionClient) =>
      (await client.events(2).catch(() => [])).at(-1)?.[1] === 'b';
    const last = await Promise.all(clients.map((client) => isLast(client)));
    expect(last.filter(Boolean)).toHaveLength(1);
  });
});

describe('roles', () => {
  it('[H48] that changed while the client was away count from the change on', async ({
    expect,
  }) => {
    const [old, young] = [crypto.randomUUID(), crypto.randomUUID()];
    using ann = await connectClient({ principal: aPrincipal({ roles: [old] }) });
    const { subject } = ann.principal;
    await loseConnection(ann);
    const publish = (role: string, id: string) =>
      hub().publish([anEvent({ role }, `${old}/${id}`)]);
    await publish(old, 'a');
    const until = Math.floor(Date.now() / 1_000) + 900;
    await hub().rolesChanged({ subject, roles: [young], changedAt: Date.now(), until });
    await publish(old, 'nobody');
    await publish(young, 'b');
    using back = await connectClient({ token: tokenOf(ann), lastSequence: 1 }, ann.principal);
    await publish(young, 'c');
    expect(await back.events(3)).toEqual([
      [2, 'a'],
      [3, 'b'],
      [4, 'c'],
    ]);
  });
});

describe('salts', () => {
  it('[H9] stay with their stream while they are configured, and new streams have the newest', async ({
    expect,
  }) => {
    const [old, newer] = [env.SERVICE_GUID_SALT, toBase64Url(new Uint8Array(32).fill(7))];
    const idOf = async (setting: string) => {
      const salts = await importConnectSalts(readConnectSalts(setting) ?? []);
      return salts.newest.id;
    };
    using ann = await connectClient({ principal: aPrincipal() });
    const { principal } = ann;
    await loseConnection(ann);
    const saltsIn = (setting: string, connections: readonly UpgradeParameters[]) =>
      runInDurableObject(hub(), async (_, state) => {
        const changed = { ...env, SERVICE_GUID_SALT: setting };
        const { opener, streams } = wireHub(state, changed, () => Date.now());
        const saltIds = [];
        for (const parameters of connections) {
          const request = {
            subprotocol: undefined,
            clientIp: '',
            country: '',
            correlationId: '',
            traceparent: '',
          };
          await opener.open({ ...request, principal, parameters, tokenHash: undefined });
          saltIds.push(streams.find(principal.sessionId)?.saltId);
        }
        return saltIds;
      });
    const back = { lastSequence: 1 };
    const [oldId, newId] = [await idOf(old), await idOf(newer)];
    expect(await saltsIn(`${newer} ${old}`, [back, {}, back])).toEqual([oldId, newId, newId]);
    expect(await saltsIn(old, [back])).toEqual([oldId]);
  });
});

describe('a client that is told to come back', () => {
  it('[H43-H44] is told how and when by a drain', async ({ expect }) => {
    const name = `hub:test:${crypto.randomUUID()}`;
    const clients = await Promise.all(
      Array.from({ length: 4 }, () => connectToHub(undefined, { hub: name })),
    );
    const stub = env.HUBS.getByName(name);
    expect(await stub.drain(60_000)).toBe(4);
    const retries = [];
    for (const client of clients) {
      const event = await client.event();
      expect(event).toMatchObject({
        eventName: 'connect.disconnect-notification',
        reason: 'server_shutdown',
        message: expect.any(String),
        reconnectUntil: expect.stringMatching(/Z$/),
      });
      retries.push(event['retryAfterMs']);
      expect(await client.closed).toMatchObject({ code: 1012 });
      await stub.publish([
        anEvent({ session: client.principal.sessionId }, client.principal.sessionId),
      ]);
      const token = String(event['reconnectionToken']);
      expect(token).not.toBe(tokenOf(client));
      using back = await connectClient({ token, lastSequence: 1 }, client.principal);
      expect(await back.events(1)).toEqual([[2, client.principal.sessionId]]);
    }
    expect(new Set(retries)).toEqual(new Set([0, 15_000, 30_000, 45_000]));
  });

  it('[H43] after its access token expired resumes with a new one', async ({ expect }) => {
    const expiresAt = Math.floor(Date.now() / 1_000) - 31;
    using ann = await connectClient({ principal: aPrincipal({ expiresAt }) });
    await runHubAlarm();
    expect(await ann.event()).toMatchObject({
      reason: 'session_expired',
      reconnectionToken: expect.any(String),
      reconnectUntil: expect.any(String),
      retryAfterMs: 0,
    });
    expect(await ann.closed).toMatchObject({ code: 4401 });
    await publishTo(ann.principal.sessionId, 'a');
    const principal = { ...ann.principal, expiresAt: expiresAt + 900 };
    using back = await connectClient({ principal, lastSequence: 1 });
    expect(await back.events(1)).toEqual([[2, 'a']]);
  });
});
