import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, it } from 'vitest';
import { FakeIdentity } from '../../../support/fake-identity.ts';
import { readJson } from '../../../support/hub-client.ts';
import { connectToHub, HUB, type SessionClient } from '../../../support/hub-fixture.ts';

const CANCEL = 'POST:/connect/cancel';
const GATE = 'POST:/api/v1/test/gate';
const COUNT = 'POST:/api/v1/test/count';
const EVENT = { flags: 0x10 };

const countsOf = ({ principal }: SessionClient) =>
  FakeIdentity.counts.get(principal.sessionId) ?? 0;
/** A gate that stays closed. */
const aGate = () => ({ json: crypto.randomUUID() });

describe('a cancel request', () => {
  it('[H30] aborts a call under way without an answer, and frees its channel', async ({
    expect,
  }) => {
    using ann = await connectToHub();
    const slow = ann.send(GATE, aGate());
    ann.send(CANCEL, { ...EVENT, json: { messageId: String(slow) } });
    expect((await ann.call('POST:/echo')).code).toBe(0);
    expect(ann.inbox).toEqual([]);
  });

  it('[H30] removes a queued call, which is not made', async ({ expect }) => {
    using ann = await connectToHub();
    const slow = ann.send(GATE, aGate());
    const queued = ann.send(COUNT);
    ann.send(CANCEL, { ...EVENT, json: { messageId: `0x${queued.toString(16)}` } });
    ann.send(CANCEL, { ...EVENT, json: { messageId: Number(slow) } });
    expect((await ann.call('POST:/echo')).code).toBe(0);
    expect(countsOf(ann)).toBe(0);
    // It was not executed, so its message id can be used again.
    expect((await ann.call(COUNT, { messageId: queued })).code).toBe(0);
    expect(ann.inbox).toEqual([]);
  });

  it('[H30] prevents the repetition of a call that was under way', async ({ expect }) => {
    using ann = await connectToHub();
    const slow = ann.send(GATE, aGate());
    ann.send(CANCEL, { ...EVENT, json: { messageId: String(slow) } });
    await ann.call('POST:/echo');
    expect((await ann.call(GATE, { ...aGate(), messageId: slow })).code).toBe(32);
  });

  it('[H30] is executed when the connection has as many calls as it may', async ({ expect }) => {
    using ann = await connectToHub();
    const held = Array.from({ length: 32 }, () => ann.send(GATE, aGate()));
    expect((await ann.call('POST:/echo')).code).toBe(12);
    for (const messageId of held)
      ann.send(CANCEL, { ...EVENT, json: { messageId: String(messageId) } });
    expect((await ann.call('POST:/echo')).code).toBe(0);
    expect(ann.inbox).toEqual([]);
  });

  it('[H30] is executed while the hub wakes', async ({ expect }) => {
    using ann = await connectToHub();
    await evictDurableObject(env.HUBS.getByName(HUB), { webSockets: 'hibernate' });
    const slow = ann.send(GATE, { ...aGate(), channel: 3 });
    ann.send(COUNT, { channel: 3 });
    ann.send(CANCEL, { ...EVENT, channel: 3, json: { messageId: String(slow) } });
    expect((await ann.nextResponse()).code).toBe(0);
    expect(countsOf(ann)).toBe(1);
  });

  it('[H22] [H30] without the event flag is answered, also if it is malformed', async ({
    expect,
  }) => {
    using ann = await connectToHub();
    const slow = ann.send(GATE, aGate());
    const cancel = (json: unknown) => ann.call(CANCEL, { json });
    expect(readJson(await cancel({ messageId: String(slow) }))).toEqual({ cancelled: true });
    expect(readJson(await cancel({ messageId: '77' }))).toEqual({ cancelled: false });
    for (const messageId of ['', ' 1', '-1', '0b1', 1.5, -1, null, '18446744073709551616']) {
      expect((await cancel({ messageId })).code).toBe(50);
    }
    expect((await ann.call(CANCEL, { payload: new Uint8Array([0xff]) })).code).toBe(50);
    expect((await ann.call(CANCEL)).code).toBe(10);
  });

  it('[H30] concerns no other client’s calls, and can be described', async ({ expect }) => {
    using ann = await connectToHub();
    using bob = await connectToHub();
    const messageId = ann.send(GATE, aGate());
    const cancelled = await bob.call(CANCEL, { json: { messageId: String(messageId) } });
    expect(readJson(cancelled)).toEqual({ cancelled: false });
    const described = await ann.call(CANCEL, { flags: 0x80 });
    expect(readJson(described)).toMatchObject({ endpointKey: CANCEL });
  });
});
