import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { encodeFrame } from '../../shared/hub-protocol/encode-frame.ts';
import { readJson } from '../support/hub-client.ts';
import { ApiClient } from '../support/node/api-client.ts';
import { startWorkers } from '../support/node/harness.ts';
import { connectOverWs, UpgradeRefused } from '../support/node/ws-hub.ts';

let workers: Awaited<ReturnType<typeof startWorkers>>;
let api: ApiClient;

beforeAll(async () => {
  workers = await startWorkers({ databaseProxy: inject('databaseProxy') });
  api = new ApiClient(workers.url);
});
afterAll(() => workers[Symbol.asyncDispose]());

const connect = (token: string | undefined, subprotocols: readonly string[] = []) =>
  connectOverWs(`${workers.url}/connect`, token, { subprotocols });

describe('the hub over a real socket', () => {
  it('answers a call after a sign-in', async () => {
    const { accessToken, accountId, sessionId } = await api.register();
    await using ann = await connect(accessToken);
    const { manifest } = ann;
    expect(manifest.sessionId).toBe(sessionId);
    expect(manifest.availableApis.map(({ endpoint }) => endpoint)).toContain(
      'GET:/api/v1/auth/profile',
    );
    expect(JSON.stringify(manifest.availableApis)).not.toContain('/api/v1/oauth/');

    const profile = await ann.call('GET:/api/v1/auth/profile');
    expect(profile.code).toBe(0);
    expect(JSON.stringify(readJson(profile))).toContain(accountId);
  });

  it('answers calls of every endpoint without a body, none of them with a failure of the hub', async () => {
    const { accessToken } = await api.register();
    await using ann = await connect(accessToken);
    const { availableApis } = ann.manifest;
    // Ending the session ends the socket.
    const calls = availableApis.filter(({ endpoint }) => !/logout|DELETE/.test(endpoint));
    for (const { endpoint } of calls) {
      expect([endpoint, (await ann.call(endpoint)).code]).toEqual([
        endpoint,
        expect.toSatisfy((code: number) => code < 60),
      ]);
    }
  });

  it('echoes 1 MiB of any bytes', async () => {
    const { accessToken } = await api.register();
    await using ann = await connect(accessToken);
    const payload = Uint8Array.from({ length: 1_048_576 }, (_, index) => index % 251);
    const echoed = await ann.call('POST:/echo', { payload, flags: 0x01 });
    expect(echoed).toMatchObject({ code: 0, flags: 0x41 });
    expect(Buffer.compare(echoed.payload, payload)).toBe(0);
  });

  it('joins the fragments of a message', async () => {
    const { accessToken } = await api.register();
    await using ann = await connect(accessToken);
    const payload = new Uint8Array(100_000).fill(7);
    const frame = encodeFrame({
      kind: 'request',
      flags: 0x01,
      channel: 0,
      sequence: 1,
      guid: ann.guid('POST:/echo'),
      messageId: 99n,
      payload,
    });
    ann.socket.sendFragments(frame, 10);
    expect((await ann.response(99n)).payload).toHaveLength(100_000);
  });

  it('selects an offered subprotocol, and never a credential', async () => {
    const { accessToken } = await api.register();
    await using ann = await connect(accessToken, ['sallyport.v1+problem']);
    expect(ann.subprotocol).toBe('sallyport.v1+problem');
    const answer = await ann.call('', { guid: crypto.randomUUID() });
    expect(readJson(answer)).toMatchObject({ code: 'ServiceNotFound', status: 404 });
  });

  it('refuses an upgrade without a valid token with 401', async () => {
    for (const token of [undefined, 'nonsense']) {
      const refused = await connect(token).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(UpgradeRefused);
      expect(refused).toMatchObject({ status: 401 });
    }
  });

  it('closes the socket when its session ends, and refuses that session', async () => {
    const { accessToken } = await api.register();
    await using ann = await connect(accessToken);
    expect((await ann.call('POST:/echo')).code).toBe(0);
    await using bob = await connect((await api.register()).accessToken);
    const { status } = await api.call('/api/v1/auth/logout', {
      method: 'POST',
      token: accessToken,
    });
    expect(status).toBeLessThan(300);
    expect(await ann.closed).toEqual({ code: 4401, reason: 'session_revoked' });
    expect(ann.inboxEvents).toMatchObject([
      { eventName: 'connect.disconnect-notification', reason: 'session_revoked' },
    ]);
    expect(await connect(accessToken).catch((error: unknown) => error)).toMatchObject({
      status: 401,
    });
    expect((await bob.call('POST:/echo')).code).toBe(0);
  });

  it('closes the socket of a session that signs itself out', async () => {
    const { accessToken } = await api.register();
    await using ann = await connect(accessToken);
    const signedOut = ann.call('POST:/api/v1/auth/logout').catch(() => undefined);
    expect(await ann.closed).toEqual({ code: 4401, reason: 'session_revoked' });
    await signedOut;
    expect(await connect(accessToken).catch((error: unknown) => error)).toMatchObject({
      status: 401,
    });
  });

  it('accepts the token of a refresh', async () => {
    const { accessToken, refreshToken } = await api.register();
    await using ann = await connect(accessToken);
    const refreshed = await api.refresh(refreshToken);
    const answer = await ann.call('POST:/connect/reauthenticate', {
      json: { accessToken: refreshed.json.accessToken },
    });
    expect(answer.code).toBe(0);
    const others = (await api.register()).accessToken;
    const json = { accessToken: others };
    expect((await ann.call('POST:/connect/reauthenticate', { json })).code).toBe(52);
  });

  it('keeps the newest connection of a session', async () => {
    const { accessToken } = await api.register();
    await using older = await connect(accessToken);
    expect((await older.call('POST:/echo')).code).toBe(0);
    await using newer = await connect(accessToken);
    expect(await older.closed).toEqual({ code: 4409, reason: 'superseded' });
    expect((await newer.call('POST:/echo')).code).toBe(0);
  });
});
