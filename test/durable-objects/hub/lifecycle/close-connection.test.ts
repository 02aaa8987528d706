import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, it } from 'vitest';
import { directoryName } from '../../../../shared/contracts/connect/connect-rpc.ts';
import { FakeIdentity } from '../../../support/fake-identity.ts';
import {
  aPrincipal,
  connectToHub,
  requestUpgrade,
  type SessionClient,
} from '../../../support/hub-fixture.ts';

/** A hub of its own, because an alarm is the whole hub's. */
const aHub = () => `hub:test:${crypto.randomUUID()}`;
const stubOf = (hub: string) => env.HUBS.getByName(hub);
const directoryOf = (subject: string) => env.DIRECTORIES.getByName(directoryName(subject));
const countsOf = ({ principal }: SessionClient) =>
  FakeIdentity.counts.get(principal.sessionId) ?? 0;
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds;

describe('the end of a session', () => {
  it.for([
    ['session_revoked', 4401],
    ['session_expired', 4401],
    ['kicked', 4403],
  ] as const)(
    '[H37] tells the client why and closes its connection: %s',
    async ([reason, code], { expect }) => {
      const hub = aHub();
      using ann = await connectToHub(undefined, { hub });
      using bob = await connectToHub(undefined, { hub });
      const { subject, sessionId } = ann.principal;

      expect(await stubOf(hub).endSessions([sessionId, 'ses_nobody'], reason)).toBe(1);
      expect(await ann.event()).toMatchObject({
        eventName: 'connect.disconnect-notification',
        reason,
        message: expect.any(String),
      });
      expect(await ann.closed).toMatchObject({ code, reason });

      expect(await stubOf(hub).endSessions([sessionId], reason)).toBe(0);
      expect(await directoryOf(subject).shardsOf([sessionId])).toEqual([]);
      expect((await bob.call('POST:/echo')).code).toBe(0);
    },
  );

  it('[H37] closes sockets that hibernate', async ({ expect }) => {
    const hub = aHub();
    using ann = await connectToHub(undefined, { hub });
    await evictDurableObject(stubOf(hub), { webSockets: 'hibernate' });
    expect(await stubOf(hub).endSessions([ann.principal.sessionId], 'session_revoked')).toBe(1);
    expect(await ann.closed).toMatchObject({ code: 4401 });
  });

  it('[H37] stops the calls that are queued or come later', async ({ expect }) => {
    const hub = aHub();
    using ann = await connectToHub(undefined, { hub });
    const gate = crypto.randomUUID();
    ann.send('POST:/api/v1/test/gate', { json: gate });
    ann.send('POST:/api/v1/test/count', {});
    await ann.call('POST:/echo', { channel: 1 });

    await stubOf(hub).endSessions([ann.principal.sessionId], 'session_revoked');
    ann.send('POST:/api/v1/test/count', { channel: 2 });
    FakeIdentity.openGates.add(JSON.stringify(gate));
    await ann.closed;
    // The open gate ends its call, and the next call of the channel would run now.
    await expect.poll(() => FakeIdentity.departures).toContain(JSON.stringify(gate));
    using bob = await connectToHub(undefined, { hub });
    for (let n = 0; n < 5; n += 1) await bob.call('POST:/api/v1/test/count', { messageId: 1_000n });
    expect(countsOf(ann)).toBe(0);
    expect(ann.inbox.filter(({ kind }) => kind === 'response')).toEqual([]);
  });

  it.for([undefined, 1000, 4999])(
    '[H42] is not meant by a client that closes, which is answered and may come back: %s',
    async (code, { expect }) => {
      const hub = aHub();
      using ann = await connectToHub(undefined, { hub });
      const { subject, sessionId } = ann.principal;
      expect(await directoryOf(subject).shardsOf([sessionId])).toEqual([hub]);
      ann.close(code);
      expect(await ann.closed).toMatchObject({ code: code ?? 1000 });
      expect(await directoryOf(subject).shardsOf([sessionId])).toEqual([hub]);
    },
  );
});

describe('the end of an access token', () => {
  it('[H39] closes the connection after 30 s, and not before', async ({ expect }) => {
    const hub = aHub();
    using ann = await connectToHub(aPrincipal({ expiresAt: inSeconds(-20) }), { hub });
    using bob = await connectToHub(aPrincipal({ expiresAt: inSeconds(900) }), { hub });
    await runDurableObjectAlarm(stubOf(hub));
    expect((await ann.call('POST:/echo')).code).toBe(0);

    using eve = await connectToHub(aPrincipal({ expiresAt: inSeconds(-31) }), { hub });
    await evictDurableObject(stubOf(hub), { webSockets: 'hibernate' });
    await due(hub);
    expect(await eve.event()).toMatchObject({ reason: 'session_expired' });
    expect(await eve.closed).toMatchObject({ code: 4401, reason: 'session_expired' });
    expect((await ann.call('POST:/echo')).code).toBe(0);
    expect((await bob.call('POST:/echo')).code).toBe(0);
  });

  it('[H39] wakes the hub for the earliest deadline, in whatever order clients connected', async ({
    expect,
  }) => {
    const hub = aHub();
    const first = inSeconds(300);
    using ann = await connectToHub(aPrincipal({ expiresAt: inSeconds(900) }), { hub });
    using bob = await connectToHub(aPrincipal({ expiresAt: first }), { hub });
    using eve = await connectToHub(aPrincipal({ expiresAt: inSeconds(600) }), { hub });
    expect(await alarmOf(hub)).toBe((first + 30) * 1_000);

    await evictDurableObject(stubOf(hub), { webSockets: 'hibernate' });
    using zoe = await connectToHub(undefined, { hub });
    expect(await alarmOf(hub)).toBe((first + 30) * 1_000);

    // A sweep that closes no connection sets the alarm for the next one.
    await due(hub);
    expect(await alarmOf(hub)).toBe((first + 30) * 1_000);
    for (const client of [ann, bob, eve, zoe])
      expect((await client.call('POST:/echo')).code).toBe(0);
  });
});

describe('a silent client', () => {
  it('[H41] is closed after 30 minutes without a message or keep-alive', async ({ expect }) => {
    const hub = aHub();
    using silent = await connectToHub(undefined, { hub });
    using pinging = await connectToHub(undefined, { hub });
    using talking = await connectToHub(undefined, { hub });
    const clients = [silent, pinging, talking];
    await runInDurableObject(stubOf(hub), (_, state) => {
      for (const { principal } of clients) {
        const [socket] = state.getWebSockets(`s:${principal.sessionId}`);
        const attachment = socket?.deserializeAttachment();
        socket?.serializeAttachment({ ...attachment, heardAt: Date.now() - 30 * 60_000 });
      }
    });
    await evictDurableObject(stubOf(hub), { webSockets: 'hibernate' });
    await pinging.ping();
    await talking.call('POST:/echo');
    await due(hub);
    expect(await silent.event()).toMatchObject({ reason: 'idle' });
    expect(await silent.closed).toMatchObject({ code: 4408 });
    expect((await pinging.call('POST:/echo')).code).toBe(0);
    expect((await talking.call('POST:/echo')).code).toBe(0);
  });
});

describe('a session that connects again', () => {
  it('[H38] closes its older connection at the same hub', async ({ expect }) => {
    const hub = aHub();
    using older = await connectToHub(undefined, { hub });
    using newer = await connectToHub(older.principal, { hub });
    expect(await older.event()).toMatchObject({ reason: 'superseded' });
    expect(await older.closed).toMatchObject({ code: 4409, reason: 'superseded' });
    expect((await newer.call('POST:/echo')).code).toBe(0);
    const { subject, sessionId } = newer.principal;
    expect(await directoryOf(subject).shardsOf([sessionId])).toEqual([hub]);
  });

  it('[H38] closes its older connection at another hub', async ({ expect }) => {
    const [here, there] = [aHub(), aHub()];
    using older = await connectToHub(undefined, { hub: there });
    await evictDurableObject(stubOf(there), { webSockets: 'hibernate' });
    using newer = await connectToHub(older.principal, { hub: here });
    expect(await older.closed).toMatchObject({ code: 4409 });
    expect((await newer.call('POST:/echo')).code).toBe(0);
    const { subject, sessionId } = newer.principal;
    await expect.poll(() => directoryOf(subject).shardsOf([sessionId])).toEqual([here]);
  });

  it('[H38] keeps one of many simultaneous connections', async ({ expect }) => {
    const hub = aHub();
    const principal = aPrincipal();
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => requestUpgrade(principal, { hub })),
    );
    for (const { webSocket } of answers) webSocket?.accept();
    await expect
      .poll(() =>
        runInDurableObject(stubOf(hub), (_, state) => {
          const sockets = state.getWebSockets(`s:${principal.sessionId}`);
          return sockets.filter((socket) => !socket.deserializeAttachment().closed).length;
        }),
      )
      .toBe(1);
  });

  it('[H38] keeps its older connection if the new one is refused', async ({ expect }) => {
    const hub = aHub();
    using older = await connectToHub(undefined, { hub });
    const { subject, sessionId } = older.principal;
    FakeIdentity.whileChecking.set(sessionId, () =>
      Promise.reject(new Error('Cannot check: switched off by a test')),
    );
    expect((await requestUpgrade(older.principal, { hub })).status).toBe(503);
    expect((await older.call('POST:/echo')).code).toBe(0);
    expect(await directoryOf(subject).shardsOf([sessionId])).toEqual([hub]);
  });
});

/** Runs the hub's sweep as if it were due. */
async function due(hub: string): Promise<void> {
  await runInDurableObject(stubOf(hub), async (_, { storage }) => {
    storage.sql.exec('UPDATE _timers SET at = 1');
    await storage.setAlarm(Date.now() + 600_000);
  });
  await runDurableObjectAlarm(stubOf(hub));
}

const alarmOf = (hub: string): Promise<number | null> =>
  runInDurableObject(stubOf(hub), (_, { storage }) => storage.getAlarm());
