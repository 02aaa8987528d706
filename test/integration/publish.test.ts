import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { createAdministrator } from '../../scripts/local/administrator.ts';
import { fromUtf8, utf8 } from '../../shared/bytes.ts';
import { Flag, hasFlag } from '../../shared/hub-protocol/frame.ts';
import { BROADCAST_GUID } from '../../shared/hub-protocol/guid.ts';
import { readJson } from '../support/hub-client.ts';
import { ApiClient } from '../support/node/api-client.ts';
import { startWorkers } from '../support/node/harness.ts';
import { connectOverWs, type WsHubClient } from '../support/node/ws-hub.ts';

const ADMIN = { email: 'publish-admin@example.test', password: 'an administrator’s pass phrase' };

let workers: Awaited<ReturnType<typeof startWorkers>>;
let api: ApiClient;
let admin: string;
let service: string;

beforeAll(async () => {
  await createAdministrator({ connectionString: inject('databaseUrl'), ...ADMIN });
  workers = await startWorkers({
    databaseProxy: inject('databaseProxy'),
    connect: { HUB_SHARDS: '4', BROADCAST_MODE: 'relayed' },
  });
  api = new ApiClient(workers.url);
  admin = (await api.login(ADMIN)).json.accessToken;
  service = await tokenOf(await createService('connect:publish'), 'connect:publish');
});
afterAll(() => workers[Symbol.asyncDispose]());

type Credentials = { readonly clientId: string; readonly clientSecret: string };

async function createService(scope: string): Promise<Credentials> {
  const metadata = { redirect_uris: [], grant_types: ['client_credentials'], scope };
  const body = { metadata };
  const created = await api.call('/api/v1/oauth/clients', { token: admin, body });
  expect(created.status).toBe(201);
  return created.json;
}

async function askForToken(
  { clientId, clientSecret }: Credentials,
  scope: string,
): Promise<{ readonly access_token: string; readonly error?: string }> {
  const response = await fetch(`${workers.url}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
    headers: { authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
  });
  return (await response.json()) as { access_token: string };
}

const tokenOf = async (credentials: Credentials, scope: string): Promise<string> =>
  (await askForToken(credentials, scope)).access_token;

const as = (token: string, path: string, body?: unknown) =>
  api.call(`/api/v1/connect${path}`, { token, ...(body === undefined ? {} : { body }) });

/** Signs a new user in and connects. */
async function aClient(person?: { email: string; password: string }) {
  const tokens =
    person === undefined ? await api.register() : { ...person, ...(await api.login(person)).json };
  const socket = await connectOverWs(`${workers.url}/connect`, tokens.accessToken);
  const { sessionId } = socket.manifest;
  // The local runtime takes 10 s to close a socket that never sent anything.
  await socket.call('POST:/echo');
  return Object.assign(socket, { tokens, sessionId });
}

const eventIds = ({ inboxEvents }: WsHubClient): unknown[] =>
  inboxEvents.map(({ eventId }) => eventId);

describe('a service', () => {
  it('[CN20] publishes only with the scope that an administrator gave it', async () => {
    const event = { target: 'all', eventName: 'service.hello' };
    expect((await as(service, '/events', event)).status).toBe(202);

    const other = await createService('else');
    expect((await askForToken(other, 'connect:publish')).error).toBe('invalid_scope');
    const refused = await as(await tokenOf(other, 'else'), '/events', event);
    expect([refused.status, refused.json.code]).toEqual([403, 'AUTH_SCOPE_INSUFFICIENT']);
    expect(refused.headers.get('www-authenticate')).toContain('error="insufficient_scope"');
    expect(refused.headers.get('www-authenticate')).toContain('scope="connect:publish"');

    const { accessToken } = await api.register();
    expect((await as(accessToken, '/events', event)).status).toBe(403);
    expect((await api.call('/api/v1/connect/events', { body: event })).status).toBe(401);
  });

  it('[CN21-CN22] sends events to a session, a user, a role and all', async () => {
    await using phone = await aClient();
    await using laptop = await aClient(phone.tokens);
    await using other = await aClient();
    await using boss = await aClient(ADMIN);
    const publish = async (eventId: string, target: unknown) =>
      (await as(service, '/events', { target, eventName: 'news.told', eventId })).json.delivered;

    const { sessionId, tokens } = phone;
    expect(await publish('one', { sessionId })).toBe(1);
    expect(await publish('two', { sessionId, userId: tokens.accountId })).toBe(1);
    expect(await publish('three', { userId: tokens.accountId })).toBe(2);
    expect(await publish('four', { role: 'admin' })).toBeGreaterThanOrEqual(1);
    expect(await publish('five', 'all')).toBeGreaterThanOrEqual(4);

    await expect.poll(() => eventIds(phone)).toEqual(['one', 'two', 'three', 'five']);
    await expect.poll(() => eventIds(laptop)).toEqual(['three', 'five']);
    await expect.poll(() => eventIds(other)).toEqual(['five']);
    await expect.poll(() => eventIds(boss)).toEqual(['four', 'five']);
  });

  it('[CN23] sends a batch of more than 64 KiB', async () => {
    await using ann = await aClient();
    const payload = { text: 'x'.repeat(60_000) };
    const { sessionId } = ann;
    const events = Array.from({ length: 10 }, (_, n) => ({
      target: { sessionId },
      eventName: 'large.one',
      eventId: `${sessionId}-${n}`,
      payload,
    }));
    const { status, json } = await as(service, '/events', { events });
    expect([status, json.delivered]).toEqual([202, 10]);
    await expect.poll(() => eventIds(ann)).toEqual(events.map(({ eventId }) => eventId));
  });

  it('[CN24] [H71] sends a request to a client, and no other can answer', async () => {
    await using ann = await aClient();
    await using bob = await aClient();
    const { sessionId } = ann;
    const reply = as(service, '/rpc', {
      sessionId,
      eventName: 'trade.offer',
      payload: { gold: 5 },
    });
    const question = await ann.question();
    expect(readJson(question)).toMatchObject({ eventName: 'trade.offer', gold: 5 });
    bob.answer(question, { json: { accepted: 'stolen' } });
    expect((await bob.call('POST:/echo')).code).toBe(0);
    ann.answer(question, { json: { accepted: true } });
    expect((await reply).json).toEqual({ code: 0, name: 'OK', payload: { accepted: true } });

    const silent = await as(service, '/rpc', { sessionId, eventName: 'x', timeoutMs: 100 });
    expect([silent.status, silent.json.code]).toEqual([504, 'CONNECT_CLIENT_TIMEOUT']);
    ann.close();
    await ann.closed;
    const gone = await as(service, '/rpc', { sessionId, eventName: 'x' });
    expect([gone.status, gone.json.code]).toEqual([404, 'CONNECT_CLIENT_NOT_CONNECTED']);
  });
});

describe('clients', () => {
  it('[CN29] [H65-H67] that were introduced exchange messages across hubs', async () => {
    await using ann = await aClient();
    await using bob = await aClient();
    const sessionIds = [ann.sessionId, bob.sessionId];
    const introduced = await as(service, '/peers', { topic: 'match:7', sessionIds });
    expect([introduced.status, introduced.json.missing]).toEqual([202, []]);
    const peers = [{ sessionId: bob.sessionId, peerGuid: bob.peerGuid }];
    await expect.poll(() => ann.inboxEvents).toMatchObject([{ eventName: 'connect.peers', peers }]);

    const payload = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);
    const sent = await ann.call('', { payload, guid: bob.peerGuid, flags: 0x21, channel: 3 });
    expect([sent.code, sent.flags]).toEqual([0, 0x60]);
    expect(readJson(sent)).toEqual({ status: 'delivered', targetPeerGuid: bob.peerGuid });
    const message = await bob.peerMessage();
    expect(message).toMatchObject({ flags: 0x21, channel: 3, guid: ann.peerGuid });
    expect(Buffer.compare(message.payload, payload)).toBe(0);

    bob.close();
    await bob.closed;
    expect((await ann.call('', { guid: bob.peerGuid, flags: 0x20 })).code).toBe(31);
  });

  it('[H69] send broadcasts to all others where these are relayed', async () => {
    const clients = await Promise.all(Array.from({ length: 8 }, () => aClient()));
    const [sender, ...others] = clients;
    if (sender === undefined) throw new Error('Cannot go on: there are eight clients');
    const payload = utf8('"to all"');
    const sent = await sender.call('', { payload, guid: BROADCAST_GUID, flags: 0x20 });
    expect(sent.code).toBe(0);
    expect(readJson(sent)).toMatchObject({ status: 'delivered' });
    for (const other of others) {
      expect(await other.peerMessage()).toMatchObject({
        guid: sender.peerGuid,
        payload: expect.toSatisfy((bytes: Uint8Array) => fromUtf8(bytes) === '"to all"'),
      });
    }
    expect((await sender.call('POST:/echo')).code).toBe(0);
    expect(sender.inbox.filter(({ flags }) => hasFlag(flags, Flag.client))).toEqual([]);
    await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
  });
});

describe('an administrator', () => {
  it('[CN27-CN28] lists and closes connections, and a service may not', async () => {
    await using phone = await aClient();
    await using laptop = await aClient(phone.tokens);
    const userId = phone.tokens.accountId;
    const list = async () =>
      (await as(admin, `/connections?userId=${userId}`)).json.connections as {
        sessionId: string;
      }[];
    expect((await list()).map(({ sessionId }) => sessionId).toSorted()).toEqual(
      [phone.sessionId, laptop.sessionId].toSorted(),
    );
    expect((await as(service, '/kick', { userId })).status).toBe(403);
    const { sessionId } = phone;
    expect((await as(admin, '/kick', { sessionId })).json).toEqual({ closed: 1 });
    expect(await phone.closed).toEqual({ code: 4403, reason: 'kicked' });
    expect(await list()).toHaveLength(1);
    expect((await as(admin, '/kick', { userId, reason: 'test' })).json).toEqual({ closed: 1 });
    expect(await laptop.closed).toEqual({ code: 4403, reason: 'kicked' });
    // The session is still active.
    await using again = await connectOverWs(`${workers.url}/connect`, phone.tokens.accessToken);
    expect((await again.call('POST:/echo')).code).toBe(0);
  });

  it('[CN28] drains every hub', async () => {
    const clients = await Promise.all(Array.from({ length: 4 }, () => aClient()));
    const { status, json } = await as(admin, '/drain', { overSeconds: 1 });
    expect([status, json.asked]).toEqual([202, expect.any(Number)]);
    expect(json.asked).toBeGreaterThanOrEqual(4);
    for (const client of clients) {
      expect(await client.closed).toMatchObject({ code: 1012 });
      expect(client.inboxEvents.at(-1)).toMatchObject({
        eventName: 'connect.disconnect-notification',
        reason: 'server_shutdown',
        reconnectionToken: expect.any(String),
      });
    }
  });
});
