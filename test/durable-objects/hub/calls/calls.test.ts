import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, it } from 'vitest';
import { utf8 } from '../../../../shared/bytes.ts';
import { PRINCIPAL_HEADER } from '../../../../shared/contracts/edge/principal.ts';
import { FakeIdentity } from '../../../support/fake-identity.ts';
import { readJson } from '../../../support/hub-client.ts';
import { connectToHub, HUB, type SessionClient } from '../../../support/hub-fixture.ts';

const hub = () => env.HUBS.getByName(HUB);
const countsOf = ({ principal }: SessionClient) =>
  FakeIdentity.counts.get(principal.sessionId) ?? 0;
const gates = (...names: string[]) => names.map((name) => `${name}-${crypto.randomUUID()}`);
/** The payload of a call that waits for a gate is the name of the gate. */
const open = (name: string) => FakeIdentity.openGates.add(JSON.stringify(name));

describe('calls', () => {
  it('[H25] carry bytes unchanged in both directions, with the binary flag', async ({ expect }) => {
    using ann = await connectToHub();
    const payload = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const echoed = await ann.call('POST:/echo', { flags: 0x01, payload, channel: 3, sequence: 9 });
    expect(echoed).toMatchObject({ flags: 0x41, code: 0, channel: 3, sequence: 9, payload });
    const text = utf8(' {"a" : 1.0}\n');
    expect(await ann.call('POST:/echo', { payload: text })).toMatchObject({
      flags: 0x40,
      payload: text,
    });

    const bytes = await ann.call('GET:/api/v1/test/bytes');
    expect(bytes).toMatchObject({ flags: 0x41, payload: new Uint8Array([0, 255, 254]) });
  });

  it('[H26] tell the service the principal, and never a token', async ({ expect }) => {
    using ann = await connectToHub();
    const payload = utf8(' {"a" : 1.0}\n');
    const seen = readJson(await ann.call('POST:/api/v1/test/inspect', { payload }));
    expect(seen).toMatchObject({
      method: 'POST',
      path: '/api/v1/test/inspect',
      principal: ann.principal,
      body: ' {"a" : 1.0}\n',
      headers: {
        'content-type': 'application/json',
        'x-correlation-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    });
    expect(JSON.stringify(seen)).not.toMatch(/authorization|bearer/i);
    expect(PRINCIPAL_HEADER).toBe('x-sallyport-principal');
  });

  it('[H26] have a span each in the trace of the connection', async ({ expect }) => {
    const traceId = 'a'.repeat(32);
    const traceparent = `00-${traceId}-${'b'.repeat(16)}-01`;
    using ann = await connectToHub(undefined, { headers: { traceparent } });
    const spanOf = async (client: SessionClient): Promise<string> => {
      const seen = readJson(await client.call('POST:/api/v1/test/inspect'));
      return (seen as { headers: { traceparent: string } }).headers.traceparent;
    };
    const [first, second] = [await spanOf(ann), await spanOf(ann)];
    await evictDurableObject(hub(), { webSockets: 'hibernate' });
    const third = await spanOf(ann);
    expect(new Set([traceparent, first, second, third]).size).toBe(4);
    for (const span of [first, second, third])
      expect(span).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));

    using bob = await connectToHub();
    const [one, other] = [await spanOf(bob), await spanOf(bob)];
    expect(one).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(other.slice(3, 35)).not.toBe(one.slice(3, 35));
  });

  it('[H25] [H33] that fail are answered with a code and no payload', async ({ expect }) => {
    using ann = await connectToHub();
    const refused = await ann.call('POST:/api/v1/test/status', { json: 409 });
    expect(refused).toMatchObject({ flags: 0x40, code: 53, payload: new Uint8Array() });
    expect((await ann.call('POST:/api/v1/test/status', { json: 429 })).code).toBe(54);
    expect((await ann.call('POST:/api/v1/test/throw')).code).toBe(62);
  });

  it('[H33] that fail are answered with the problem document of the service or of the hub, if the client asked for one', async ({
    expect,
  }) => {
    using ann = await connectToHub(undefined, { subprotocol: 'sallyport.v1+problem' });
    expect(ann.subprotocol).toBe('sallyport.v1+problem');
    const theirs = await ann.call('POST:/api/v1/test/status', { json: 409 });
    expect(theirs.code).toBe(53);
    expect(readJson(theirs)).toEqual({ status: 409, code: 'FROM_THE_SERVICE' });
    const ours = await ann.call('', { guid: crypto.randomUUID() });
    expect(ours.code).toBe(30);
    expect(readJson(ours)).toMatchObject({ status: 404, code: 'ServiceNotFound' });
    ann.raw(new Uint8Array(3));
    expect(readJson(await ann.nextResponse())).toMatchObject({ code: 'RequestError' });
  });

  it('[H27] of one channel run one at a time and in order', async ({ expect }) => {
    using ann = await connectToHub();
    const [first = '', second = ''] = gates('first', 'second');
    const one = ann.send('POST:/api/v1/test/gate', { channel: 1, json: first });
    const two = ann.send('POST:/api/v1/test/gate', { channel: 1, json: second });
    // Another channel is not held up. When it has answered, the first call is under way.
    expect((await ann.call('POST:/echo', { channel: 2 })).code).toBe(0);
    expect(FakeIdentity.arrivals).not.toContain(JSON.stringify(second));
    open(second);
    open(first);
    expect((await ann.nextResponse()).messageId).toBe(one);
    expect((await ann.nextResponse()).messageId).toBe(two);
  });

  it('[H28] above the limit are refused, and the next message is read', async ({ expect }) => {
    using ann = await connectToHub();
    const [gate = ''] = gates('full');
    const held = Array.from({ length: 32 }, (_, channel) =>
      ann.send('POST:/api/v1/test/gate', { channel, json: gate }),
    );
    expect((await ann.call('POST:/echo', { channel: 99 })).code).toBe(12);
    ann.send('POST:/api/v1/test/count', { channel: 99, flags: 0x10 });
    // It came after the event, so once it is answered the event has been read.
    expect((await ann.call('POST:/echo', { channel: 99 })).code).toBe(12);
    open(gate);
    for (const messageId of held) expect((await ann.response(messageId)).code).toBe(0);
    expect((await ann.call('POST:/echo', { channel: 99 })).code).toBe(0);
    expect(countsOf(ann)).toBe(0);
    expect(ann.inbox).toEqual([]);
  });

  it('[H29] that are repeated are answered from the record, also after hibernation', async ({
    expect,
  }) => {
    using ann = await connectToHub();
    const messageId = 0xffff_ffff_ffff_fffen;
    const first = await ann.call('POST:/api/v1/test/count', { messageId });
    const again = await ann.call('POST:/api/v1/test/count', { messageId, channel: 5, sequence: 8 });
    expect(readJson(first)).toEqual({ counted: 1 });
    expect(again).toEqual({ ...first, channel: 5, sequence: 8 });

    await evictDurableObject(hub(), { webSockets: 'hibernate' });
    expect(await ann.call('POST:/api/v1/test/count', { messageId })).toEqual(first);
    expect(countsOf(ann)).toBe(1);
    // A message id that differs in the last bit is another one.
    await ann.call('POST:/api/v1/test/count', { messageId: messageId + 1n });
    expect(countsOf(ann)).toBe(2);
  });

  it('[H29] with a message id of another connection are executed', async ({ expect }) => {
    using ann = await connectToHub();
    using bob = await connectToHub();
    for (const client of [ann, bob])
      await client.call('POST:/api/v1/test/count', { messageId: 7n });
    expect([countsOf(ann), countsOf(bob)]).toEqual([1, 1]);
  });

  it('[H29] that are repeated while they are under way are answered once', async ({ expect }) => {
    using ann = await connectToHub();
    const [gate = ''] = gates('once');
    const messageId = ann.send('POST:/api/v1/test/gate', { json: gate });
    ann.send('POST:/api/v1/test/gate', { json: gate, messageId, channel: 4 });
    await ann.call('POST:/echo', { channel: 5 });
    open(gate);
    expect((await ann.response(messageId)).code).toBe(0);
    await ann.call('POST:/echo');
    expect(ann.inbox).toEqual([]);
    expect(FakeIdentity.arrivals.filter((name) => name === JSON.stringify(gate))).toHaveLength(1);
  });

  it('[H29] with a large answer are recorded without its payload', async ({ expect }) => {
    using ann = await connectToHub();
    const messageId = 70n;
    expect((await ann.call('POST:/api/v1/test/large', { messageId })).payload).toHaveLength(5_002);
    expect((await ann.call('POST:/api/v1/test/large', { messageId })).code).toBe(32);
  });

  it('[H29] of a GET endpoint run again and are not recorded', async ({ expect }) => {
    using ann = await connectToHub();
    for (let n = 0; n < 2; n += 1) {
      await ann.call('GET:/api/v1/test/count', { messageId: 3n });
      await ann.call('POST:/echo', { messageId: 4n });
    }
    expect(countsOf(ann)).toBe(2);
    expect(await records(await connectionOf(ann))).toBe(0);
  });

  it('[H29] are forgotten after five minutes, and with their connection', async ({ expect }) => {
    using ann = await connectToHub();
    const connection = await connectionOf(ann);
    await ann.call('POST:/api/v1/test/count', { messageId: 5n });
    expect(await records(connection)).toBe(1);
    await runInDurableObject(hub(), (_, { storage }) => {
      storage.sql.exec('UPDATE answers SET expires_at = 0');
      storage.sql.exec("UPDATE _timers SET at = 1 WHERE name = 'answers'");
    });
    await ann.call('POST:/api/v1/test/count', { messageId: 5n });
    expect(countsOf(ann)).toBe(2);

    await runInDurableObject(hub(), (_, { storage }) => {
      storage.sql.exec('UPDATE answers SET expires_at = 0');
    });
    expect(await runDurableObjectAlarm(hub())).toBe(true);
    expect(await records(connection)).toBe(0);

    await ann.call('POST:/api/v1/test/count', { messageId: 6n });
    await hub().endSessions([ann.principal.sessionId], 'session_revoked');
    expect(await records(connection)).toBe(0);
  });
});

/** The id of a client's connection. The client is not told it. */
const connectionOf = ({ principal }: SessionClient): Promise<string> =>
  runInDurableObject(hub(), (_, state) => {
    const [socket] = state.getWebSockets(`s:${principal.sessionId}`);
    return String(socket?.deserializeAttachment().connectionId);
  });

/** How many answers the hub has recorded for a connection. */
const records = (connectionId: string): Promise<number> =>
  runInDurableObject(
    hub(),
    (_, { storage }) =>
      storage.sql
        .exec<{ n: number }>(
          'SELECT count(*) AS n FROM answers WHERE connection_id = ?',
          connectionId,
        )
        .one().n,
  );
