import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, it, vi } from 'vitest';
import { BROADCAST_GUID, ZERO_GUID } from '../../../../shared/hub-protocol/guid.ts';
import { FakeIdentity } from '../../../support/fake-identity.ts';
import { readJson } from '../../../support/hub-client.ts';
import { connectToHub, HUB, type SessionClient } from '../../../support/hub-fixture.ts';

const MALFORMED = new Uint8Array(5);
const hub = () => env.HUBS.getByName(HUB);
const countsOf = ({ principal }: SessionClient) =>
  FakeIdentity.counts.get(principal.sessionId) ?? 0;

// Only `Date` is faked: timers run in real time.
afterEach(() => vi.useRealTimers());

describe('a frame', () => {
  it('[H13] that is malformed is answered, and the tenth closes the connection', async ({
    expect,
  }) => {
    using ann = await connectToHub();
    for (let n = 0; n < 10; n += 1) ann.raw(MALFORMED);
    for (let n = 0; n < 10; n += 1) {
      expect(await ann.nextResponse()).toMatchObject({ flags: 0x40, code: 10, messageId: 0n });
    }
    expect(await ann.closed).toMatchObject({ code: 4400 });
  });

  it('[H13] [H62] that is malformed is counted across hibernation', async ({ expect }) => {
    using ann = await connectToHub();
    for (let n = 0; n < 9; n += 1) ann.raw(MALFORMED);
    for (let n = 0; n < 9; n += 1) await ann.nextResponse();
    await evictDurableObject(hub(), { webSockets: 'hibernate' });
    expect((await ann.call('POST:/echo')).code).toBe(0);
    ann.raw(MALFORMED);
    expect(await ann.closed).toMatchObject({ code: 4400 });
  });

  it('[H11] with a reserved flag is answered with its own correlation', async ({ expect }) => {
    using ann = await connectToHub();
    const frame = new Uint8Array(31).fill(0, 0, 7).fill(9, 7);
    frame.set([0x02, 0, 5, 0, 0, 0, 6]);
    ann.raw(frame);
    expect(await ann.nextResponse()).toMatchObject({
      flags: 0x40,
      code: 10,
      channel: 5,
      sequence: 6,
      messageId: 0x0909090909090909n,
    });
  });

  it('[H11-H12] is refused if it is compressed, too large, or on a channel above the highest', async ({
    expect,
  }) => {
    using ann = await connectToHub();
    expect((await ann.call('POST:/echo', { flags: 0x04 })).code).toBe(10);
    expect((await ann.call('POST:/echo', { channel: 1_001 })).code).toBe(13);
    const payload = new Uint8Array(1_048_577);
    expect((await ann.call('POST:/echo', { payload })).code).toBe(11);
    expect((await ann.call('POST:/echo', { payload: payload.subarray(1) })).code).toBe(0);
  });

  it('[H14] of text is answered, and the third closes the connection', async ({ expect }) => {
    using ann = await connectToHub();
    for (let n = 0; n < 3; n += 1) ann.raw('{"hello":"hub"}');
    for (let n = 0; n < 3; n += 1) {
      expect(await ann.nextResponse()).toMatchObject({ code: 14, messageId: 0n });
    }
    expect(await ann.closed).toMatchObject({ code: 4400 });
  });

  it('[H15] of any kind counts as a message, and the client is told of the limit once', async ({
    expect,
  }) => {
    using ann = await connectToHub();
    for (let n = 0; n < 999; n += 1) ann.raw(responseFrame());
    expect((await ann.call('POST:/echo')).code).toBe(0);

    const refused = await ann.call('POST:/echo', { channel: 7 });
    expect(refused).toMatchObject({ flags: 0x40, code: 12, channel: 7 });
    expect(await ann.event()).toMatchObject({
      eventName: 'connect.rate-limited',
      messagesPerMinute: 1_000,
    });
    ann.raw(MALFORMED);
    expect((await ann.nextResponse()).code).toBe(12);
    expect((await ann.call('POST:/echo')).code).toBe(12);
    expect(ann.inbox).toEqual([]);
  });

  it('[H15] [H62] is counted across hibernation, except in the last second', async ({ expect }) => {
    using ann = await connectToHub();
    for (let n = 0; n < 996; n += 1) ann.raw(responseFrame());
    expect((await ann.call('POST:/echo')).code).toBe(0);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 1_000 });
    expect((await ann.call('POST:/echo')).code).toBe(0);
    expect((await ann.call('POST:/echo')).code).toBe(0);
    await evictDurableObject(hub(), { webSockets: 'hibernate' });
    expect((await ann.call('POST:/echo')).code).toBe(0);
    expect((await ann.call('POST:/echo')).code).toBe(0);
    expect((await ann.call('POST:/echo')).code).toBe(12);
  });

  it('[H17] is dropped if it responds to no question', async ({ expect }) => {
    using ann = await connectToHub();
    ann.raw(responseFrame());
    expect((await ann.call('POST:/echo')).code).toBe(0);
    expect(ann.inbox).toEqual([]);
  });
});

describe('routing', () => {
  it('[H10] [H21] finds only GUIDs of the session', async ({ expect }) => {
    using ann = await connectToHub();
    using bob = await connectToHub();
    const theirs = bob.guid('POST:/api/v1/test/count');
    for (const guid of [theirs, ZERO_GUID, crypto.randomUUID()]) {
      expect((await ann.call('', { guid })).code).toBe(30);
      expect((await ann.call('', { guid, flags: 0x80 })).code).toBe(30);
    }
    expect([countsOf(ann), countsOf(bob)]).toEqual([0, 0]);
  });

  it('[H20] does not confuse endpoints and peers', async ({ expect }) => {
    using ann = await connectToHub();
    using bob = await connectToHub();
    expect((await ann.call('POST:/api/v1/test/count', { flags: 0x20 })).code).toBe(31);
    expect(countsOf(ann)).toBe(0);
    expect((await ann.call('', { guid: bob.peerGuid })).code).toBe(30);
    expect((await ann.call('', { guid: BROADCAST_GUID })).code).toBe(10);
    for (const guid of [bob.peerGuid, BROADCAST_GUID]) {
      expect((await ann.call('', { guid, flags: 0xa0 })).code).toBe(10);
    }
    await bob.call('POST:/echo');
    expect(bob.inbox).toEqual([]);
  });

  it('[H22] requires a payload if the endpoint needs a body', async ({ expect }) => {
    using ann = await connectToHub();
    expect((await ann.call('PUT:/api/v1/auth/profile')).code).toBe(10);
    expect((await ann.call('GET:/api/v1/auth/profile')).code).toBe(0);
    expect((await ann.call('POST:/api/v1/test/count')).code).toBe(0);
    expect((await ann.call('POST:/echo')).code).toBe(0);
  });

  it('[H23] answers a meta request with a description', async ({ expect }) => {
    using ann = await connectToHub();
    const describe = (channel: number) =>
      ann.call('PUT:/api/v1/auth/profile', { flags: 0x80, channel });
    const profile = { type: 'object', properties: { name: { type: 'string' } } };
    const common = { serviceName: 'identity', method: 'PUT', path: '/api/v1/auth/profile' };

    const info = await describe(0);
    expect(info).toMatchObject({ flags: 0xc0, code: 0 });
    expect(readJson(info)).toMatchObject({
      ...common,
      metaType: 'endpoint-info',
      endpointKey: 'PUT:/api/v1/auth/profile',
      data: { needsBody: true },
    });
    expect(readJson(await describe(1))).toMatchObject({
      ...common,
      metaType: 'request-schema',
      data: profile,
    });
    expect(readJson(await describe(2))).toMatchObject({ metaType: 'response-schema', data: {} });
    expect(readJson(await describe(3))).toMatchObject({
      metaType: 'full-schema',
      data: { needsBody: true, requestSchema: profile, responseSchema: {} },
    });
    expect(readJson(await describe(60_000))).toMatchObject({ metaType: 'endpoint-info' });
  });

  it('[H23] does not execute a meta request', async ({ expect }) => {
    using ann = await connectToHub();
    await ann.call('POST:/api/v1/test/count', { flags: 0x80 });
    expect(countsOf(ann)).toBe(0);
  });

  it('[H24] executes a call with the event flag and does not answer it', async ({ expect }) => {
    using ann = await connectToHub();
    ann.send('POST:/api/v1/test/count', { flags: 0x10 });
    ann.send('POST:/api/v1/test/status', { flags: 0x10, json: 500 });
    ann.send('', { flags: 0x10, guid: crypto.randomUUID() });
    // It is on the same channel, so it runs after those.
    expect((await ann.call('POST:/echo')).code).toBe(0);
    expect(countsOf(ann)).toBe(1);
    expect(ann.inbox).toEqual([]);
  });
});

/** A response to a message that the hub never sent. */
function responseFrame(): Uint8Array {
  const frame = new Uint8Array(16);
  frame[0] = 0x40;
  return frame;
}
