import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  type Hub,
  HubError,
  type HubEvent,
  memoryStorage,
  type Sallyport,
  SallyportError,
} from '../../client/src/index.ts';
import { aPerson } from '../support/node/api-client.ts';
import { eventually } from '../support/node/eventually.ts';
import { RunningHubFixture } from '../support/node/running-hub-fixture.ts';

let running: RunningHubFixture;
const hubs: Hub[] = [];

beforeAll(async () => {
  running = await RunningHubFixture.start();
});
afterAll(async () => {
  for (const hub of hubs) hub.close();
  await running[Symbol.asyncDispose]();
});

async function connected(sallyport: Sallyport): Promise<Hub> {
  const hub = sallyport.connect();
  hubs.push(hub);
  await hub.opened();
  return hub;
}

const sessionIdOf = ({ session }: Sallyport): string => session?.sessionId ?? '';

describe('a session', () => {
  it('can be registered, restored, ended and begun again', async () => {
    const storage = memoryStorage();
    const sallyport = running.client({ storage });
    const person = aPerson();
    const registered = await sallyport.register(person);
    expect(await running.client({ storage }).restore()).toEqual(registered);

    expect(await sallyport.signOut()).toBe(true);
    expect(await running.client({ storage }).restore()).toBeUndefined();
    await expect(sallyport.accessToken()).rejects.toMatchObject({ code: 'signed_out' });
    expect(await sallyport.signIn(person)).toMatchObject({ accountId: registered.accountId });
  });

  it('reports why a sign-in is refused', async () => {
    const refused = running.client().signIn({ email: 'nobody@example.test', password: 'x' });
    await expect(refused).rejects.toBeInstanceOf(SallyportError);
    await expect(refused).rejects.toMatchObject({ code: 'AUTH_CREDENTIALS_INVALID', status: 401 });
    const invalid = running.client().register({ email: 'nobody', password: '' });
    await expect(invalid).rejects.toMatchObject({
      code: 'VALIDATION_ERROR',
      problem: { errors: expect.arrayContaining([expect.objectContaining({ path: 'email' })]) },
    });
  });

  it('refreshes its tokens once for all callers', async () => {
    const sallyport = await running.somebody();
    const stale = await sallyport.accessToken();
    const calls = Array.from({ length: 10 }, () => sallyport.accessToken({ stale }));
    const tokens = new Set(await Promise.all(calls));
    expect(tokens.size).toBe(1);
    expect(tokens).not.toContain(stale);
  });

  it('that was ended at the server ends here with the next refresh', async () => {
    const storage = memoryStorage();
    const sallyport = await running.somebody({ storage });
    const twin = running.client({ storage });
    await twin.restore();
    const reasons: string[] = [];
    sallyport.on('signedOut', ({ reason }) => reasons.push(reason));
    const stale = await sallyport.accessToken();
    const stored = await storage.get(`sallyport:${running.url}`);
    await twin.signOut();
    // Another tab does not know yet that the session has ended.
    await storage.set(`sallyport:${running.url}`, stored ?? '');
    await expect(sallyport.accessToken({ stale })).rejects.toBeInstanceOf(SallyportError);
    expect(reasons).toEqual([expect.stringMatching(/^(TOKEN_FAMILY_REVOKED|SESSION_EXPIRED)$/)]);
    expect(sallyport.session).toBeUndefined();
  });
});

describe('calls', () => {
  it('reach services by name, with JSON and with bytes', async () => {
    const sallyport = await running.somebody();
    const hub = sallyport.connect();
    hubs.push(hub);
    const profile = await hub.call('identity', 'GET:/api/v1/auth/profile');
    expect(profile).toMatchObject({ accountId: sallyport.session?.accountId });
    const bytes = Uint8Array.from({ length: 70_000 }, (_, at) => at % 251);
    const echoed = await hub.callBinary('echo', 'POST:/echo', bytes);
    expect(Buffer.compare(echoed, bytes)).toBe(0);
    expect(await hub.call('echo', 'POST:/echo', { hello: 'hub' })).toEqual({ hello: 'hub' });
    expect(await hub.describe('echo', 'POST:/echo')).toMatchObject({ serviceName: 'echo' });
  });

  it('beyond the number that the hub allows at once wait here, and none is refused', async () => {
    const hub = await connected(await running.somebody());
    const calls = Array.from({ length: 200 }, (_, at) =>
      hub.call('echo', 'POST:/echo', at, { channel: at % 50 }),
    );
    expect(await Promise.all(calls)).toEqual(calls.map((_, at) => at));
  });

  it('that fail reject with the name of the failure and its problem document', async () => {
    const hub = await connected(await running.somebody());
    const missing = hub.call('identity', 'POST:/no/such/endpoint', {});
    await expect(missing).rejects.toBeInstanceOf(HubError);
    await expect(missing).rejects.toMatchObject({ name: 'ServiceNotFound', code: 30 });
    const refused = hub.call('identity', 'PUT:/api/v1/auth/profile', { username: '!' });
    await expect(refused).rejects.toMatchObject({
      name: 'Service_BadRequest',
      code: 50,
      problem: { code: 'VALIDATION_ERROR' },
    });
  });
});

describe('a hub', () => {
  it('closes with its session, and does not reconnect', async () => {
    const sallyport = await running.somebody();
    const hub = await connected(sallyport);
    const states: string[] = [];
    hub.onState(({ name }) => states.push(name));
    await sallyport.signOut();
    expect(hub.state).toEqual({ name: 'closed', reason: 'signed_out' });
    expect(states).toEqual(['closed']);
    await expect(hub.call('echo', 'POST:/echo', 1)).rejects.toMatchObject({ name: 'closed' });
  });

  it('is closed as superseded by a newer one of its session', async () => {
    const sallyport = await running.somebody();
    const older = await connected(sallyport);
    await connected(sallyport);
    await eventually(() => expect(older.state).toEqual({ name: 'closed', reason: 'superseded' }));
  });

  it('stays open under a newer token of its session', async () => {
    const sallyport = await running.somebody();
    const hub = await connected(sallyport);
    const stale = await sallyport.accessToken();
    const accessToken = await sallyport.accessToken({ stale });
    const presented = await hub.call('connect', 'POST:/connect/reauthenticate', { accessToken });
    expect(presented).toEqual({ expiresAt: expect.any(Number) });
  });

  it('uses the tokens of a TokenProvider', async () => {
    const owner = await running.somebody();
    const requests: unknown[] = [];
    const borrower = running.client({
      tokens: {
        get: (request) => {
          requests.push(request);
          return owner.accessToken(request);
        },
      },
    });
    const hub = await connected(borrower);
    expect(await hub.call('identity', 'GET:/api/v1/auth/profile')).toMatchObject({
      accountId: owner.session?.accountId,
    });
    expect(requests).toEqual([{}]);
    const states: string[] = [];
    hub.onState(({ name }) => states.push(name));
    await owner.signOut();
    await eventually(() => expect(hub.state).toEqual({ name: 'closed', reason: 'signed_out' }));
    expect(requests.at(-1)).toEqual({ stale: expect.any(String) });
  });

  it('receives events, answers requests, and exchanges messages with peers', async () => {
    const [ann, ben] = [await running.somebody(), await running.somebody()];
    const [annHub, benHub] = [await connected(ann), await connected(ben)];
    const heard: HubEvent[] = [];
    annHub.on('match.found', (event) => heard.push(event));
    const target = { sessionId: sessionIdOf(ann), userId: ann.session?.accountId };
    const payload = { map: 'harbour' };
    await running.connectApi('events', { target, eventName: 'match.found', payload });
    await eventually(() => expect(heard).toMatchObject([payload]));

    annHub.handle('ready.check', ({ round }) => ({ ready: true, round }));
    const question = { ...target, eventName: 'ready.check', payload: { round: 3 } };
    expect(await running.connectApi('rpc', question)).toMatchObject({
      code: 0,
      payload: { ready: true, round: 3 },
    });
    expect(
      await running.connectApi('rpc', { ...question, eventName: 'nobody.knows' }),
    ).toMatchObject({ code: 30 });

    const met = new Promise<HubEvent>((meet) => benHub.on('connect.peers', meet));
    const messages: unknown[] = [];
    annHub.onPeerMessage((message) => messages.push(message));
    const sessionIds = [sessionIdOf(ann), sessionIdOf(ben)];
    await running.connectApi('peers', { topic: 'match', sessionIds });
    const { peers } = (await met) as unknown as { peers: { peerGuid: string }[] };
    const annPeer = annHub.manifest?.peerGuid;
    expect(peers.map(({ peerGuid }) => peerGuid)).toContain(annPeer);
    await benHub.sendToPeer(annPeer ?? '', { hello: 'Ann' });
    await benHub.sendToPeer(annPeer ?? '', Uint8Array.of(1, 2, 3));
    await eventually(() => expect(messages).toHaveLength(2));
    const from = benHub.manifest?.peerGuid;
    expect(messages).toEqual([
      { from, channel: 0, payload: { hello: 'Ann' } },
      { from, channel: 0, payload: Uint8Array.of(1, 2, 3) },
    ]);
    await expect(benHub.broadcast({})).rejects.toMatchObject({ name: 'BroadcastNotAllowed' });
  });
});
