import { env } from 'cloudflare:workers';
import { describe, it } from 'vitest';

import { aPrincipal, connectToHub } from '../../../support/hub-fixture.ts';

describe('presence', () => {
  it('[H74] tells which sessions the hub holds, and their peer GUIDs', async ({ expect }) => {
    const hub = 'hub:af:0';
    using ann = await connectToHub(undefined, { hub });
    using bob = await connectToHub(undefined, { hub: 'hub:af:1' });
    const ids = [ann, bob].map(({ principal }) => principal.sessionId);
    const stub = env.HUBS.getByName(hub);
    expect(await stub.holding(ids)).toEqual([ann.principal.sessionId]);
    const { sessionId } = ann.principal;
    expect(await stub.peersOf(ids)).toEqual([{ sessionId, peerGuid: ann.peerGuid }]);
  });

  it('[H74] lists the open connections of a user', async ({ expect }) => {
    const hub = 'hub:af:0';
    const stub = env.HUBS.getByName(hub);
    const subject = crypto.randomUUID();
    const principal = aPrincipal({ subject, roles: ['user', 'tester'] });
    using phone = await connectToHub(principal, { hub });
    using laptop = await connectToHub(aPrincipal({ subject }), { hub });
    using somebody = await connectToHub(undefined, { hub });

    const views = await stub.connectionsOf(subject);
    expect(views.map(({ sessionId }) => sessionId).toSorted()).toEqual(
      [phone, laptop].map((client) => client.principal.sessionId).toSorted(),
    );
    expect(views.find(({ sessionId }) => sessionId === principal.sessionId)).toEqual({
      connectionId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      sessionId: principal.sessionId,
      hub,
      clientId: 'sallyport',
      roles: ['user', 'tester'],
      peerGuid: phone.peerGuid,
      clientIp: '',
      country: '',
      heardAt: expect.toSatisfy((at: number) => Math.abs(Date.now() - at) < 60_000),
      expiresAt: principal.expiresAt * 1_000,
    });

    laptop.close();
    await laptop.closed;
    expect(await stub.connectionsOf(subject)).toHaveLength(1);
    expect(await stub.connectionsOf('nobody')).toEqual([]);
    expect((await somebody.call('POST:/echo')).code).toBe(0);
  });
});
