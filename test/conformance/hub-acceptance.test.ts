import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { encodeFrame } from '../../shared/hub-protocol/encode-frame.ts';
import type { ResponseFrame } from '../../shared/hub-protocol/frame.ts';
import { readJson } from '../support/hub-client.ts';
import { adminToken, issuer, newPerson, postJson } from '../support/node/provider.ts';
import { connectOverWs } from '../support/node/ws-hub.ts';

/** A service whose answer to `/slow` waits for `release`. */
let service: Server;
let release: () => void = () => {};

beforeAll(async () => {
  service = createServer((request, response) => {
    if (request.url === '/slow') release = () => response.end('{}');
    else if (request.url === '/busy') response.writeHead(429, { 'retry-after': '7' }).end();
    else response.end('{}');
  });
  await new Promise<void>((listening) => service.listen(0, '127.0.0.1', listening));
  const { port } = service.address() as AddressInfo;
  const endpoints = ['/slow', '/busy', '/large'].map((path) => ({ method: 'POST', path }));
  const baseUrl = `http://127.0.0.1:${port}`;
  const registration = { name: 'acceptance', baseUrl, audience: baseUrl, endpoints };
  const authorization = `Bearer ${await adminToken()}`;
  await postJson('/api/v1/connect/services', registration, { authorization });
});
afterAll(() => void service.close());

async function signIn(): Promise<string> {
  const { email, password } = await newPerson();
  const response = await postJson('/api/v1/auth/login', { email, password });
  return ((await response.json()) as { accessToken: string }).accessToken;
}

const connect = async (token?: string, options = {}) =>
  connectOverWs(`${issuer()}/connect`, token ?? (await signIn()), options);

/** What a client can demand of the hub. Streams and the SDK have tests of their own. */
describe('the hub', () => {
  it('answers the second request while the first one waits for its service', async () => {
    await using ann = await connect();
    const held = ann.call('POST:/slow', { json: {}, channel: 1 });
    await vi.waitFor(async () => {
      expect((await ann.call('POST:/echo', { channel: 2 })).code).toBe(0);
      expect(release).not.toBe(undefined);
    });
    await vi.waitFor(async () => {
      release();
      expect(await Promise.race([held, pause()])).toMatchObject({ code: 0 });
    });
  });

  it('accepts a payload of 100 KB, in one message or in fragments', async () => {
    await using ann = await connect();
    const payload = crypto.getRandomValues(new Uint8Array(60_000));
    const large = new Uint8Array([...payload, ...payload.subarray(0, 42_400)]);
    expect(hex(await ann.call('POST:/echo', { payload: large, flags: 1 }))).toBe(large.toHex());
    const header = { kind: 'request', flags: 1, channel: 0, sequence: 1, messageId: 77n } as const;
    const frame = encodeFrame({ ...header, guid: ann.guid('POST:/echo'), payload: large });
    ann.socket.sendFragments(frame, 70_000);
    expect(hex(await ann.response(77n))).toBe(large.toHex());
  });

  it('answers a payload above the limit with code 11', async () => {
    await using ann = await connect();
    expect((await ann.call('POST:/echo', { payload: new Uint8Array(1_048_577) })).code).toBe(11);
    expect((await ann.call('POST:/echo')).code).toBe(0);
  });

  it('closes a connection that sends malformed frames, without effect on others', async () => {
    await using bystander = await connect(await adminToken());
    const ann = await connect();
    for (let n = 0; n < 1_000; n += 1) ann.raw(new Uint8Array(5));
    expect((await ann.closed).code).toBe(4400);
    expect((await bystander.call('POST:/echo')).code).toBe(0);
    expect(bystander.inboxEvents).toEqual([]);
  });

  it('admits clients that cannot send a header, by subprotocol or by ticket', async () => {
    const token = await signIn();
    const subprotocols = ['sallyport.v1', `bearer.${token}`];
    await using ann = await connectOverWs(`${issuer()}/connect`, undefined, {
      subprotocols,
    });
    expect(ann.subprotocol).toBe('sallyport.v1');
    expect((await ann.call('POST:/echo')).code).toBe(0);
    const authorization = `Bearer ${token}`;
    const issued = await postJson('/api/v1/connect/tickets', {}, { authorization });
    const { ticket } = (await issued.json()) as { ticket: string };
    await using again = await connectOverWs(`${issuer()}/connect?ticket=${ticket}`, undefined);
    expect((await again.call('GET:/api/v1/auth/profile')).code).toBe(0);
    const used = connectOverWs(`${issuer()}/connect?ticket=${ticket}`, undefined);
    await expect(used).rejects.toMatchObject({ status: 401 });
  });

  it('tells a client after how long it may call a busy service again', async () => {
    await using ann = await connect(undefined, { subprotocols: ['sallyport.v1+problem'] });
    const busy = await ann.call('POST:/busy', { json: {} });
    expect(busy.code).toBe(54);
    expect(readJson(busy)).toMatchObject({ status: 429, retryAfterMs: 7_000 });
    await using bob = await connect();
    const bare = await bob.call('POST:/busy', { json: {} });
    expect([bare.code, hex(bare)]).toEqual([54, '']);
  });

  it('closes the older of two connections from two regions', async () => {
    const token = await signIn();
    const at = (continent: string) => ({
      headers: { 'mf-cf-blob': JSON.stringify({ continent }) },
    });
    await using older = await connect(token, at('EU'));
    await older.call('POST:/echo');
    await using newer = await connect(token, at('AS'));
    expect(await older.closed).toEqual({ code: 4409, reason: 'superseded' });
    expect(older.inboxEvents).toContainEqual(expect.objectContaining({ reason: 'superseded' }));
    expect((await newer.call('POST:/echo')).code).toBe(0);
  });
});

const hex = ({ payload }: ResponseFrame) => new Uint8Array(payload).toHex();

const pause = () => new Promise((resolve) => setTimeout(resolve, 50));
