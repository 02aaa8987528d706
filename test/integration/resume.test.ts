import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { createAdministrator } from '../../scripts/local/administrator.ts';
import { ApiClient } from '../support/node/api-client.ts';
import { startWorkers } from '../support/node/harness.ts';
import { StreamClient } from '../support/node/stream-client.ts';
import { connectOverWs, UpgradeRefused } from '../support/node/ws-hub.ts';

const ADMIN = { email: 'resume-admin@example.test', password: 'an administrator’s pass phrase' };

let workers: Awaited<ReturnType<typeof startWorkers>>;
let api: ApiClient;
let admin: string;

beforeAll(async () => {
  await createAdministrator({ connectionString: inject('databaseUrl'), ...ADMIN });
  workers = await startWorkers({ databaseProxy: inject('databaseProxy') });
  api = new ApiClient(workers.url);
  admin = (await api.login(ADMIN)).json.accessToken;
});
afterAll(() => workers[Symbol.asyncDispose]());

const connect = (path: string, token?: string, subprotocols: readonly string[] = []) =>
  connectOverWs(`${workers.url}${path}`, token, { subprotocols });

/** Publishes to a session, and waits until the event is stored. */
async function tell(sessionId: string, ...eventIds: readonly string[]): Promise<void> {
  const events = eventIds.map((eventId) => ({
    target: { sessionId },
    eventName: 'test.event',
    payload: {},
    eventId: `${sessionId}/${eventId}`,
  }));
  const { status } = await api.call('/api/v1/connect/events', { token: admin, body: { events } });
  expect(status).toBe(202);
}

const idsOf = ({ heard }: StreamClient) => heard.map(({ eventId }) => eventId.split('/')[1]);

describe('resuming over a real socket', () => {
  it('loses and doubles no event after a network failure', async () => {
    const { accessToken, sessionId } = await api.register();
    const ann = await new StreamClient(workers.url, accessToken).connect();
    await tell(sessionId, 'a', 'b');
    await ann.until(`${sessionId}/a`);
    ann.breakOff();
    await tell(sessionId, 'c');
    await ann.connect();
    await tell(sessionId, 'd');
    await ann.until(`${sessionId}/d`);
    expect(idsOf(ann)).toEqual(['a', 'b', 'c', 'd']);
    expect(ann.resumed).toEqual([false, true]);
  });

  it('works by the subprotocols, as in browsers', async () => {
    const { accessToken, sessionId } = await api.register();
    const ann = await connect('/connect', undefined, ['sallyport.v1', `bearer.${accessToken}`]);
    const token = String(ann.manifest['reconnectionToken']);
    ann.close(4000);
    await ann.closed;
    await tell(sessionId, 'a');
    const offered = ['sallyport.v1', `reconnect.${token}`];
    await using back = await connect('/connect?lastSequence=1', undefined, offered);
    expect(back.manifest).toMatchObject({ sessionId, resumed: true });
    expect(back.subprotocol).toBe('sallyport.v1');
    expect((await back.call('POST:/echo')).code).toBe(0);
    await expect
      .poll(() => back.inboxEvents.map(({ eventName }) => eventName))
      .toEqual(['test.event']);
  });

  it('works by a ticket, once', async () => {
    const { accessToken, sessionId } = await api.register();
    const given = await api.call('/api/v1/connect/tickets', { method: 'POST', token: accessToken });
    expect(given.status).toBe(201);
    const path = `/connect?ticket=${given.json.ticket}`;
    await using ann = await connect(path);
    expect(ann.manifest.sessionId).toBe(sessionId);
    await expect(connect(path)).rejects.toMatchObject({ status: 401 });
    await expect(connect('/connect?ticket=made-up')).rejects.toThrow(UpgradeRefused);
  });

  it('is refused when the session has ended', async () => {
    const { accessToken } = await api.register();
    const ann = await new StreamClient(workers.url, accessToken).connect();
    ann.breakOff();
    await api.call('/api/v1/auth/logout', { method: 'POST', token: accessToken });
    await expect(ann.connect()).rejects.toThrow('401');
  });
});

describe('a connected session', () => {
  it('misses no event while its access token is replaced', async () => {
    const { accessToken, refreshToken, sessionId } = await api.register();
    await using ann = await connect('/connect', accessToken);
    await tell(sessionId, 'a');
    const fresh = (await api.refresh(refreshToken)).json.accessToken;
    const answer = ann.call('POST:/connect/reauthenticate', { json: { accessToken: fresh } });
    await tell(sessionId, 'b');
    expect((await answer).code).toBe(0);
    await tell(sessionId, 'c');
    const ids = () => ann.inboxEvents.map((event) => String(event['eventId']).split('/')[1]);
    await expect.poll(ids).toEqual(['a', 'b', 'c']);
    expect(ann.manifest.sessionId).toBe(sessionId);
  });

  it('has one connection, the newest, and gets each event once', async () => {
    const { accessToken, sessionId } = await api.register();
    await using older = await connect('/connect', accessToken);
    // The local runtime takes 10 s to close a socket that never sent anything.
    await older.call('POST:/echo');
    await tell(sessionId, 'a');
    await using newer = await connect('/connect?lastSequence=1', accessToken);
    expect(await older.closed).toMatchObject({ code: 4409, reason: 'superseded' });
    await tell(sessionId, 'b');
    const ids = () => newer.inboxEvents.map((event) => String(event['eventId']).split('/')[1]);
    await expect.poll(ids).toEqual(['a', 'b']);
    expect(older.inboxEvents.map(({ eventName }) => eventName)).toEqual([
      'test.event',
      'connect.disconnect-notification',
    ]);
  });
});
