import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, it } from 'vitest';

import { anEvent, connectClient, hub, publishTo } from '../../../support/connect-fixture.ts';
import { aPrincipal, connectToHub } from '../../../support/hub-fixture.ts';

describe('events', () => {
  it('[H45-H46] have their members, and sequences without holes', async ({ expect }) => {
    using ann = await connectClient({ principal: aPrincipal() });
    const session = ann.principal.sessionId;
    const published = await hub().publish([
      anEvent({ session }, `${session}/one`, { payload: { score: 7, eventName: 'forged' } }),
      anEvent({ session }, `${session}/passing`, { ephemeral: true }),
      anEvent({ session }, `${session}/two`),
    ]);
    expect(published).toEqual({ delivered: 3, kept: 0 });
    const first = await ann.eventFrame();
    expect(first).toMatchObject({
      flags: 0x10,
      sequence: 2,
      guid: '00000000-0000-0000-0000-000000000000',
    });
    expect(JSON.parse(new TextDecoder().decode(first.payload))).toEqual({
      score: 7,
      eventName: 'test.event',
      eventId: `${session}/one`,
      timestamp: '2026-11-25T00:00:00.000Z',
    });
    expect(await ann.events(2)).toEqual([
      [2, 'passing'],
      [3, 'two'],
    ]);
  });

  it('[H46] reach the clients of their target, each with the sequence of its stream', async ({
    expect,
  }) => {
    const subject = crypto.randomUUID();
    const role = crypto.randomUUID();
    using ann = await connectClient({ principal: aPrincipal({ subject, roles: [role] }) });
    using two = await connectClient({ principal: aPrincipal({ subject, roles: [] }) });
    using bob = await connectClient({ principal: aPrincipal({ roles: [role] }) });
    const counts = [];
    for (const [target, id] of [
      [{ user: subject }, 'user'],
      [{ role }, 'role'],
      [{ session: two.principal.sessionId }, 'session'],
      [{ session: 'ses_nobody' }, 'nobody'],
      ['all', 'all'],
    ] as const) {
      counts.push((await hub().publish([anEvent(target, `${role}/${id}`)])).delivered);
    }
    expect(counts).toEqual([2, 2, 1, 0, 3]);
    expect(await ann.events(3)).toEqual([
      [2, 'user'],
      [3, 'role'],
      [4, 'all'],
    ]);
    expect(await two.events(3)).toEqual([
      [2, 'user'],
      [3, 'session'],
      [4, 'all'],
    ]);
    expect(await bob.events(2)).toEqual([
      [2, 'role'],
      [3, 'all'],
    ]);
  });

  it('[H46] are stored as one row however many clients there are, and not at all for none', async ({
    expect,
  }) => {
    const name = `hub:test:${crypto.randomUUID()}`;
    const stub = env.HUBS.getByName(name);
    const rows = () =>
      runInDurableObject(stub, (_, { storage }) =>
        storage.sql.exec('SELECT event_id FROM log').toArray(),
      );
    await stub.publish([anEvent('all', 'early')]);
    using ann = await connectToHub(undefined, { hub: name });
    using bob = await connectToHub(undefined, { hub: name });
    await stub.publish([anEvent('all', 'late'), anEvent({ session: 'ses_x' }, 'nobody')]);
    expect(await rows()).toEqual([{ event_id: 'late' }]);
    expect(await Promise.all([ann.events(1), bob.events(1)])).toEqual([
      [[2, 'late']],
      [[2, 'late']],
    ]);
  });

  it('[H47] that are published again are ignored', async ({ expect }) => {
    using ann = await connectClient({ principal: aPrincipal() });
    const { sessionId } = ann.principal;
    const once = crypto.randomUUID();
    expect(await publishTo(sessionId, once, once)).toEqual({ delivered: 1, kept: 0 });
    await evictDurableObject(hub(), { webSockets: 'hibernate' });
    expect(await publishTo(sessionId, once)).toEqual({ delivered: 0, kept: 0 });
    await publishTo(sessionId, 'last');
    expect(await ann.events(2)).toEqual([
      [2, once],
      [3, 'last'],
    ]);
  });
});
