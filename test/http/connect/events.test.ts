import {
  createExecutionContext,
  createMessageBatch,
  evictDurableObject,
  getQueueResult,
} from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, it } from 'vitest';
import { ConnectEntrypoint } from '../../../workers/connect/entrypoint.ts';
import worker from '../../../workers/connect/index.ts';
import { callConnect, SERVICE } from '../../support/connect-fixture.ts';
import { aPrincipal, connectToHub, type SessionClient } from '../../support/hub-fixture.ts';

const publish = (body: object) => callConnect('/events', SERVICE, body);
const event = (target: unknown, change: object = {}) => ({
  target,
  eventName: 'match.found',
  payload: { map: 'harbour' },
  ...change,
});

/** Everything that a client got until now. */
async function heard(client: SessionClient): Promise<string[]> {
  await client.call('POST:/echo');
  const count = client.inbox.length;
  const events = [];
  for (let n = 0; n < count; n += 1) events.push(String((await client.event())['eventId']));
  return events;
}

describe('POST /api/v1/connect/events', () => {
  it('[CN21] sends the payload with the name, id and time of the event', async ({ expect }) => {
    using ann = await connectToHub();
    const payload = { map: 'harbour', eventName: 'mine', eventId: 'mine', timestamp: 'mine' };
    const { status, json } = await publish(
      event({ sessionId: ann.principal.sessionId }, { payload }),
    );
    expect([status, json]).toEqual([
      202,
      { eventId: expect.stringMatching(/^[0-9a-f-]{36}$/), delivered: 1, kept: 0 },
    ]);
    expect(await ann.event()).toEqual({
      eventName: 'match.found',
      eventId: json.eventId,
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
      map: 'harbour',
    });
  });

  it('[CN21-CN22] reaches the clients of its target at any hub, and no others', async ({
    expect,
  }) => {
    const subject = crypto.randomUUID();
    const role = `role-${subject}`;
    using phone = await connectToHub(aPrincipal({ subject }), { hub: 'hub:eu:0' });
    using laptop = await connectToHub(aPrincipal({ subject, roles: ['user', role] }), {
      hub: 'hub:na:0',
    });
    using other = await connectToHub(aPrincipal({ roles: [role] }), { hub: 'hub:na:7' });
    using neighbour = await connectToHub(undefined, { hub: 'hub:eu:0' });
    const { sessionId } = phone.principal;
    const targets = {
      session: { sessionId },
      'session-of-user': { sessionId, userId: subject },
      'session-of-other': { sessionId, userId: neighbour.principal.subject },
      far: { sessionId: other.principal.sessionId },
      user: { userId: subject },
      role: { role },
      all: 'all',
    };
    const counts: Record<string, number> = {};
    for (const [eventId, target] of Object.entries(targets)) {
      const { json } = await publish(event(target, { eventId: `${eventId}-${subject}` }));
      counts[eventId] = json.delivered;
    }
    expect(counts).toEqual({
      session: 1,
      'session-of-user': 1,
      'session-of-other': 0,
      far: 1,
      user: 2,
      role: 2,
      all: 4,
    });
    const ids = async (client: SessionClient) =>
      (await heard(client)).map((id) => id.replace(`-${subject}`, ''));
    expect(await ids(phone)).toEqual(['session', 'session-of-user', 'user', 'all']);
    expect(await ids(laptop)).toEqual(['user', 'role', 'all']);
    expect(await ids(neighbour)).toEqual(['all']);
    expect(await ids(other)).toEqual(['far', 'role', 'all']);
  });

  it('[CN21] sends the events of a batch in order, and each id once', async ({ expect }) => {
    using ann = await connectToHub();
    const { sessionId, subject: userId } = ann.principal;
    const eventIds = Array.from({ length: 100 }, (_, n) => `${n}-${userId}`);
    const targets = [{ sessionId }, { userId }, { sessionId, userId }];
    const events = eventIds.map((eventId, n) => event(targets[n % 3], { eventId }));
    const { status, json } = await publish({ events });
    expect([status, json]).toEqual([202, { eventIds, delivered: 100, kept: 0 }]);
    expect((await publish({ events })).json).toEqual({ eventIds, delivered: 0, kept: 0 });
    expect(await heard(ann)).toEqual(eventIds);
  });

  it('[CN21] keeps an event for clients that come back, unless it is ephemeral', async ({
    expect,
  }) => {
    using ann = await connectToHub();
    const { subject: userId } = ann.principal;
    ann.close();
    await ann.closed;
    expect((await publish(event({ userId }))).json).toMatchObject({ delivered: 0, kept: 1 });
    expect((await publish(event({ userId }, { ephemeral: true }))).json).toMatchObject({
      delivered: 0,
      kept: 0,
    });
  });

  it('[CN21] reaches clients that hibernate', async ({ expect }) => {
    const hub = 'hub:sa:0';
    using ann = await connectToHub(undefined, { hub });
    await evictDurableObject(env.HUBS.getByName(hub), { webSockets: 'hibernate' });
    const { sessionId } = ann.principal;
    expect((await publish(event({ sessionId }))).json).toMatchObject({ delivered: 1 });
    expect(await ann.event()).toMatchObject({ eventName: 'match.found' });
  });

  it.for([
    ['eventName', { eventName: 'connect.disconnect-notification' }],
    ['eventName', { eventName: 'Not A Name' }],
    ['eventName', { eventName: 'x'.repeat(129) }],
    ['payload', { payload: { large: 'x'.repeat(65_536) } }],
    ['payload', { payload: ['not', 'an', 'object'] }],
    ['eventId', { eventId: 'two words' }],
    ['target', { target: 'everybody' }],
    ['target', { target: {} }],
    ['target', { target: { userId: 'u', role: 'r' } }],
    ['target.rule', { target: { rule: 'r' } }],
    ['target.rule', { target: { userId: 'u', rule: 'r' } }],
    ['else', { else: true }],
  ] as const)('[CN23] refuses a bad %s: %j', async ([path, change], { expect }) => {
    using ann = await connectToHub();
    const good = event({ sessionId: ann.principal.sessionId });
    const alone = await publish({ ...good, ...change });
    expect([alone.status, alone.json.code]).toEqual([400, 'VALIDATION_ERROR']);
    expect(alone.json.errors.map((one: { path: string }) => one.path)).toEqual([path]);
    const batch = await publish({ events: [good, { ...good, ...change }] });
    expect(batch.status).toBe(400);
    expect(await heard(ann)).toEqual([]);
  });

  it('[CN23] accepts 1 to 100 events at once', async ({ expect }) => {
    for (const length of [0, 101]) {
      const events = Array.from({ length }, () => event('all'));
      expect((await publish({ events })).status).toBe(400);
    }
  });

  it('[CN23] answers 503 with the ids to publish again, and no event is lost', async ({
    expect,
  }) => {
    using ann = await connectToHub(undefined, { hub: 'hub:eu:0' });
    using bob = await connectToHub(undefined, { hub: 'hub:na:0' });
    const HUBS = new Proxy(env.HUBS, {
      get: (hubs, member) =>
        member === 'getByName'
          ? (name: string) => (name === 'hub:eu:0' ? failing : hubs.getByName(name))
          : Reflect.get(hubs, member),
    });
    const eventId = crypto.randomUUID();
    const body = { events: [event('all', { eventId })] };
    const failed = await callConnect('/events', SERVICE, body, { HUBS });
    expect([failed.status, failed.json.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
    expect(failed.json.eventIds).toEqual([eventId]);
    expect(failed.headers.get('retry-after')).toBe('5');

    expect((await publish(body)).status).toBe(202);
    expect(await heard(ann)).toEqual([eventId]);
    expect(await heard(bob)).toEqual([eventId]);
  });
});

const failing = {
  publish: () => Promise.reject(new Error('Cannot publish: switched off by a test')),
};

describe('sendEvent', () => {
  it('[CN25] publishes for identity, and for no other caller', async ({ expect }) => {
    using ann = await connectToHub();
    const as = (caller: string) =>
      new ConnectEntrypoint(Object.assign(createExecutionContext(), { props: { caller } }), env);
    const { subject: userId } = ann.principal;
    const sent = { target: { userId }, eventName: 'account.changed' };
    for (const caller of ['edge', 'keys', 'connect', 'else']) {
      await expect(as(caller).sendEvent(sent)).rejects.toThrow('is not allowed');
    }
    const { eventId, ...counts } = await as('identity').sendEvent(sent);
    expect(counts).toEqual({ delivered: 1, kept: 0 });
    expect(await ann.event()).toMatchObject({ eventName: 'account.changed', eventId });
    const reserved = { ...sent, eventName: 'connect.peers' };
    await expect(as('identity').sendEvent(reserved)).rejects.toThrow('connect.');
  });
});

describe('CloudEvents on the queue', () => {
  const cloudEvent = (change: object = {}) => ({
    specversion: '1.0',
    id: crypto.randomUUID(),
    source: '/matchmaking',
    type: 'match.found',
    time: '2026-11-25T12:00:00+01:00',
    data: { map: 'harbour' },
    ...change,
  });

  async function consume(bodies: readonly unknown[], change: Partial<ConnectEnv> = {}) {
    const messages = bodies.map((body, n) => ({
      id: String(n),
      timestamp: new Date(),
      attempts: 1,
      body,
    }));
    const batch = createMessageBatch('sallyport-client-events', messages);
    await worker.queue(batch, { ...env, ...change });
    const { explicitAcks, retryMessages } = await getQueueResult(batch, createExecutionContext());
    return { acked: explicitAcks, retried: retryMessages.map(({ msgId }) => msgId) };
  }

  it('[CN26] are sent to the clients that their extensions name', async ({ expect }) => {
    const role = `role-${crypto.randomUUID()}`;
    using ann = await connectToHub(aPrincipal({ roles: [role] }));
    const { sessionId: sessionid, subject: userid } = ann.principal;
    const targets = [
      { sessionid },
      { sessionid, userid },
      { userid },
      { role },
      { audience: 'all' },
    ];
    const events = targets.map((target) => cloudEvent(target));
    // Also as text, which is what a queue over HTTP carries.
    const bodies = [...events, JSON.stringify(cloudEvent({ id: 'text', userid }))];
    const { acked, retried } = await consume(bodies);
    expect([acked, retried]).toEqual([['0', '1', '2', '3', '4', '5'], []]);
    expect(await ann.event()).toEqual({
      eventName: 'match.found',
      eventId: events[0]?.id,
      timestamp: '2026-11-25T11:00:00.000Z',
      map: 'harbour',
    });
    expect(await heard(ann)).toEqual([...events.slice(1).map(({ id }) => id), 'text']);
  });

  it('[CN26] that cannot be read are dropped, and do not delay others', async ({ expect }) => {
    using ann = await connectToHub();
    const { subject: userid } = ann.principal;
    const good = cloudEvent({ userid });
    const bad = [
      'no JSON',
      null,
      cloudEvent(),
      cloudEvent({ userid, role: 'user' }),
      cloudEvent({ userid, specversion: '0.3' }),
      cloudEvent({ userid, type: 'connect.peers' }),
      cloudEvent({ userid, data: 'text' }),
      cloudEvent({ userid, datacontenttype: 'text/plain' }),
      cloudEvent({ userid, id: '' }),
    ];
    const { acked, retried } = await consume([...bad, good]);
    expect([acked.length, retried]).toEqual([bad.length + 1, []]);
    expect(await heard(ann)).toEqual([good.id]);
  });

  it('[CN26] are delivered again if a hub fails, and reach each client once', async ({
    expect,
  }) => {
    using ann = await connectToHub(undefined, { hub: 'hub:eu:0' });
    using bob = await connectToHub(undefined, { hub: 'hub:na:0' });
    const HUBS = new Proxy(env.HUBS, {
      get: (hubs, member) =>
        member === 'getByName'
          ? (name: string) => (name === 'hub:eu:0' ? failing : hubs.getByName(name))
          : Reflect.get(hubs, member),
    });
    const bodies = [cloudEvent({ audience: 'all' }), cloudEvent()];
    expect(await consume(bodies, { HUBS })).toEqual({ acked: ['1'], retried: ['0'] });
    expect(await consume(bodies.slice(0, 1))).toEqual({ acked: ['0'], retried: [] });
    for (const client of [ann, bob]) expect(await heard(client)).toEqual([bodies[0]?.id]);
  });
});
