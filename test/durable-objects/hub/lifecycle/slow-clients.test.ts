import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, it, vi } from 'vitest';
import type { ClientEvent } from '../../../../shared/contracts/connect/client-event.ts';
import type { Frame } from '../../../../shared/hub-protocol/frame.ts';
import { connectClient, loseConnection, tokenOf } from '../../../support/connect-fixture.ts';
import { readJson } from '../../../support/hub-client.ts';
import { connectToHub } from '../../../support/hub-fixture.ts';

const ACK = 'POST:/connect/ack';
/** Bytes of an event: ten are below the limit, and eleven are above. */
const LARGE = 'x'.repeat(95_000);

afterEach(() => vi.useRealTimers());

/** A client of a hub of its own, and the events it is sent. */
async function aListener(acknowledges = true) {
  const hub = `hub:test:${crypto.randomUUID()}`;
  const client = await connectToHub(undefined, { hub });
  const stub = env.HUBS.getByName(hub);
  let count = 0;
  const publish = (n: number, change: Partial<ClientEvent> = {}) =>
    stub.publish(
      Array.from({ length: n }, () => ({
        eventId: `${hub}/${(count += 1)}`,
        eventName: 'test.event',
        timestamp: '2026-11-25T00:00:00Z',
        target: { session: client.principal.sessionId },
        payload: { n: count, filling: LARGE },
        ephemeral: false,
        ...change,
      })),
    );
  const acknowledge = (sequence: number) => client.send(ACK, { flags: 0x10, json: { sequence } });
  /** The events that arrived since the last call. */
  const heard = async (): Promise<Frame[]> => {
    await client.call('POST:/echo');
    return (client.inbox as Frame[]).splice(0);
  };
  if (acknowledges) acknowledge(1);
  return { client, stub, hub, publish, acknowledge, heard };
}

const sequences = (frames: readonly Frame[]) => frames.map(({ sequence }) => sequence);
const numbers = (frames: readonly Frame[]) =>
  frames.map((frame) => (readJson(frame) as { n: number }).n);
const upTo = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

describe('a slow client', () => {
  it('[H58] is sent 1 MiB, and the rest when it acknowledges, once and in order', async ({
    expect,
  }) => {
    const { client, publish, acknowledge, heard } = await aListener();
    using _ = client;
    expect(await publish(25)).toEqual({ delivered: 11, kept: 14 });
    expect(sequences(await heard())).toEqual(upTo(2, 12));
    // A few bytes make no room yet.
    acknowledge(3);
    expect(await heard()).toEqual([]);
    acknowledge(8);
    expect(sequences(await heard())).toEqual(upTo(13, 19));
    acknowledge(19);
    await publish(1);
    expect(sequences(await heard())).toEqual(upTo(20, 27));
  });

  it('[H58] is still behind after hibernation', async ({ expect }) => {
    const { client, stub, publish, acknowledge, heard } = await aListener();
    using _ = client;
    await publish(15);
    await heard();
    await evictDurableObject(stub, { webSockets: 'hibernate' });
    await publish(1);
    acknowledge(12);
    expect(sequences(await heard())).toEqual(upTo(13, 17));
  });

  it('[H58] that never acknowledges is behind after 32 MiB without a message or keep-alive', async ({
    expect,
  }) => {
    const { client, publish, heard } = await aListener(false);
    using _ = client;
    const payload = { filling: 'x'.repeat(1_024 ** 2) };
    for (let n = 0; n < 31; n += 1)
      expect(await publish(1, { payload })).toEqual({ delivered: 1, kept: 0 });
    expect(await publish(1, { payload })).toEqual({ delivered: 0, kept: 1 });
    expect(sequences(await heard())).toEqual(upTo(2, 33));
    for (let n = 0; n < 30; n += 1)
      expect(await publish(1, { payload })).toEqual({ delivered: 1, kept: 0 });
  });

  it('[H58] is sent other frames with the sequence of the last event it was sent', async ({
    expect,
  }) => {
    const { client, stub, publish, heard } = await aListener();
    using _ = client;
    await publish(15);
    await heard();
    await stub.endSessions([client.principal.sessionId], 'session_revoked');
    await client.closed;
    expect(client.inbox.map(({ sequence }) => sequence)).toEqual([12]);
  });

  it('[H59] is sent the latest of the events of one key', async ({ expect }) => {
    const { client, publish, acknowledge, heard } = await aListener();
    using _ = client;
    await publish(11);
    await publish(3, { latestKey: 'score' });
    await publish(1);
    await publish(2, { latestKey: 'score' });
    await heard();
    acknowledge(12);
    const late = await heard();
    expect(sequences(late)).toEqual([16, 18]);
    expect(numbers(late)).toEqual([15, 17]);
  });

  it('[H59] is sent the latest ephemeral event of each key, and none without a key', async ({
    expect,
  }) => {
    const { client, publish, acknowledge, heard } = await aListener();
    using _ = client;
    await publish(12);
    await heard();
    const passing = { ephemeral: true };
    await publish(2, { ...passing, payload: { n: 70 } });
    for (const [key, n] of [
      ['a', 1],
      ['b', 2],
      ['a', 3],
    ] as const)
      await publish(1, { ...passing, latestKey: key, payload: { n } });
    acknowledge(12);
    const late = await heard();
    expect(sequences(late)).toEqual([13, 13, 13]);
    expect(numbers(late)).toEqual([12, 2, 3]);
  });

  it('[H59] is told by a gap of events that were removed', async ({ expect }) => {
    const { client, stub, publish, acknowledge, heard } = await aListener();
    using _ = client;
    await publish(14);
    await heard();
    await runInDurableObject(stub, async (_object, { storage }) => {
      storage.sql.exec('UPDATE log SET created_at = 0 WHERE id < 14');
      storage.sql.exec("INSERT OR REPLACE INTO _timers VALUES ('streams', 0)");
      await storage.setAlarm(Date.now() + 600_000);
    });
    await runDurableObjectAlarm(stub);
    acknowledge(12);
    const [gap, ...late] = await heard();
    expect(gap).toMatchObject({ flags: 0x10, sequence: 12 });
    expect(gap && readJson(gap)).toMatchObject({
      eventName: 'connect.gap',
      fromSequence: 13,
      toSequence: 14,
    });
    expect(sequences(late)).toEqual([15]);
  });

  it('[H60] is closed after 10 s, and can come back for what it missed', async ({ expect }) => {
    const { client, stub, hub, publish, heard } = await aListener();
    using _ = client;
    await publish(15);
    await heard();
    await later(stub, 9_000);
    expect((await client.call('POST:/echo')).code).toBe(0);
    await later(stub, 10_000);
    expect(await client.event()).toMatchObject({
      eventName: 'connect.disconnect-notification',
      reason: 'too_slow',
      reconnectionToken: expect.any(String),
    });
    expect(await client.closed).toMatchObject({ code: 4413 });

    const parameters = { lastSequence: 12 };
    using again = await connectToHub(client.principal, { hub, parameters });
    expect(again.first.sequence).toBe(12);
    await again.call('POST:/echo');
    expect(again.inbox.map(({ sequence }) => sequence)).toEqual(upTo(13, 16));
  });

  it('[H60] stays connected if it has caught up by then', async ({ expect }) => {
    const { client, stub, publish, acknowledge, heard } = await aListener();
    using _ = client;
    await publish(15);
    acknowledge(12);
    await heard();
    await later(stub, 60_000);
    expect((await client.call('POST:/echo')).code).toBe(0);
  });

  it('[H60] stays connected while it sends keep-alives', async ({ expect }) => {
    const { client, stub, publish } = await aListener(false);
    using _ = client;
    const payload = { filling: 'x'.repeat(1_024 ** 2) };
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 30_000 });
    for (let n = 0; n < 32; n += 1) await publish(1, { payload });
    vi.useRealTimers();
    await client.ping();
    await later(stub, 0);
    expect((await client.call('POST:/echo')).code).toBe(0);
    expect(client.inbox.at(-1)?.sequence).toBe(33);
  });

  it.for([true, false])(
    '[H60] [H53] is sent what it missed when it comes back without a sequence; loss noticed: %s',
    async (isLost, { expect }) => {
      const { client, publish, heard } = await aListener();
      await publish(15);
      await heard();
      if (isLost) await loseConnection(client);
      using again = await connectClient({ token: tokenOf(client) }, client.principal);
      await again.call('POST:/echo');
      expect(again.inbox.map(({ sequence }) => sequence)).toEqual(upTo(13, 16));
    },
  );
});

describe('an acknowledgement', () => {
  it('[H58] [H57] is stored across hibernation', async ({ expect }) => {
    const { client, stub, publish, heard } = await aListener();
    using _ = client;
    await heard();
    await evictDurableObject(stub, { webSockets: 'hibernate' });
    expect(await publish(20)).toEqual({ delivered: 11, kept: 9 });
  });

  it('[H57] does not count as a message, up to the rate limit', async ({ expect }) => {
    const { client, acknowledge } = await aListener();
    using _ = client;
    for (let n = 1; n < 1_000; n += 1) acknowledge(1);
    for (let n = 0; n < 999; n += 1) client.send('POST:/echo', { flags: 0x10 });
    expect((await client.call('POST:/echo')).code).toBe(0);
    expect((await client.call('POST:/echo')).code).toBe(12);
  });

  it('[H57] is answered without the event flag only', async ({ expect }) => {
    const { client } = await aListener();
    using _ = client;
    expect(readJson(await client.call(ACK, { json: { sequence: 1 } }))).toEqual({});
    for (const sequence of [-1, 1.5, '1', null])
      expect((await client.call(ACK, { json: { sequence } })).code).toBe(50);
    expect(client.inbox).toEqual([]);
  });

  it('[H57] of events that were never sent makes no room', async ({ expect }) => {
    const { client, publish, acknowledge, heard } = await aListener();
    using _ = client;
    acknowledge(1_000_000);
    expect(await publish(20)).toEqual({ delivered: 11, kept: 9 });
    expect(sequences(await heard())).toEqual(upTo(2, 12));
  });
});

/** Runs the hub's sweep of slow clients as if it were so much later. */
async function later(stub: ReturnType<typeof env.HUBS.getByName>, by: number): Promise<void> {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + by });
  await runInDurableObject(stub, async (_object, { storage }) => {
    storage.sql.exec("UPDATE _timers SET at = 0 WHERE name = 'laggards'");
    await storage.setAlarm(Date.now() + 600_000);
  });
  await runDurableObjectAlarm(stub);
  vi.useRealTimers();
}
