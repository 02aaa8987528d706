import { afterEach, describe, type ExpectStatic, it } from 'vitest';

import type { Principal } from '../../../shared/contracts/edge/principal.ts';
import { ADMINISTRATOR, callConnect, SERVICE } from '../../support/connect-fixture.ts';
import { FakeIdentity } from '../../support/fake-identity.ts';
import { aPrincipal, connectToHub } from '../../support/hub-fixture.ts';

describe('the right to administer connections', () => {
  const published = { target: 'all', eventName: 'x' };
  const routes = [
    ['/events', published],
    ['/rpc', { sessionId: 's', eventName: 'x' }],
    ['/peers', { topic: 'x', sessionIds: ['a', 'b'] }],
  ] as const;

  it.for(routes)(
    '[CN20] publish at %s: a service with the scope, or an administrator',
    async ([path, body], { expect }) => {
      const code = async (principal: Principal | undefined) =>
        (await callConnect(path, principal, body)).json.code;
      const withoutScope: Principal = { ...SERVICE, scopes: ['openid'] };
      const ofUser = aPrincipal({ scopes: ['connect:publish'] });
      expect(await code(undefined)).toBe('AUTH_TOKEN_MISSING');
      for (const principal of [withoutScope, ofUser]) {
        const refused = await callConnect(path, principal, body);
        expect([refused.status, refused.json.code]).toEqual([403, 'AUTH_SCOPE_INSUFFICIENT']);
        expect(refused.headers.get('www-authenticate')).toBe(
          'Bearer error="insufficient_scope", scope="connect:publish"',
        );
      }
      for (const principal of [SERVICE, ADMINISTRATOR]) {
        expect([undefined, 'CONNECT_CLIENT_NOT_CONNECTED']).toContain(await code(principal));
      }
    },
  );

  it.for([
    ['/drain', { overSeconds: 1 }],
    ['/kick', { userId: 'nobody' }],
    ['/connections?userId=nobody', undefined],
  ] as const)('[CN27] use %s: an administrator', async ([path, body], { expect }) => {
    expect((await callConnect(path, undefined, body)).status).toBe(401);
    for (const principal of [SERVICE, aPrincipal()]) {
      const refused = await callConnect(path, principal, body);
      expect([refused.status, refused.json.code]).toEqual([403, 'AUTHZ_DENIED']);
    }
  });
});

describe('somebody who was demoted', () => {
  afterEach(() => {
    FakeIdentity.demoted.clear();
    FakeIdentity.judging = true;
  });

  const question = { sessionId: 's', eventName: 'x' };
  const service = {
    name: 'chess',
    baseUrl: 'https://chess.example.com',
    audience: 'https://chess.example.com',
    endpoints: [],
  };
  const routes = [
    ['POST', '/drain', { overSeconds: 1 }],
    ['POST', '/kick', { userId: 'nobody' }],
    ['GET', '/connections?userId=nobody', undefined],
    ['GET', '/queue', undefined],
    ['PUT', '/queue', { paused: true }],
    ['POST', '/queue/release', { count: 1 }],
    ['POST', '/events', { target: 'all', eventName: 'x' }],
    ['POST', '/rpc', question],
    ['POST', '/peers', { topic: 'x', sessionIds: ['a', 'b'] }],
    ['PUT', '/shortcuts', { sessionId: 's', name: 'x', service: 'echo', endpoint: 'POST:/echo' }],
    ['DELETE', '/shortcuts?sessionId=s', undefined],
    ['POST', '/services', service],
    ['GET', '/services', undefined],
    ['DELETE', '/services/chess', undefined],
  ] as const;
  const codeOf = async ([method, path, body]: (typeof routes)[number], principal: Principal) => {
    const { status, json, headers } = await callConnect(path, principal, body, {}, method);
    return [status, json?.code, headers.get('retry-after')];
  };
  const refused = (expect: ExpectStatic) => [
    expect.any(Number),
    expect.stringMatching(/^AUTH/),
    null,
  ];

  it.for(routes)('[CN50] may not %s %s once demoted', async (route, { expect }) => {
    const ann = { ...ADMINISTRATOR, subject: crypto.randomUUID() };
    FakeIdentity.demoted.add(ann.subject);
    const answer = await codeOf(route, ann);
    expect(answer).toEqual(refused(expect));
    expect(answer[0]).toBe(403);
  });

  it.for(routes)(
    '[CN50] does not %s %s by another client’s token with the role',
    async (route, { expect }) => {
      const answer = await codeOf(route, { ...ADMINISTRATOR, clientId: 'a-game' });
      expect(answer).toEqual(refused(expect));
      expect(answer[0]).toBe(403);
    },
  );

  it.for(routes)('[CN50] gets 503 for %s %s while nobody can tell', async (route, { expect }) => {
    FakeIdentity.judging = false;
    expect(await codeOf(route, ADMINISTRATOR)).toEqual([503, 'SERVICE_UNAVAILABLE', '5']);
  });

  it('[CN50] [CN33] sees only those services that their session may call', async ({ expect }) => {
    const seesAll = async (principal: Principal) =>
      JSON.stringify((await callConnect('/service-mappings', principal)).json).includes('scoped');
    const ann = { ...ADMINISTRATOR, subject: crypto.randomUUID() };
    expect(await seesAll(ann)).toBe(true);
    expect(await seesAll({ ...ann, clientId: 'a-game' })).toBe(false);
    FakeIdentity.demoted.add(ann.subject);
    expect(await seesAll(ann)).toBe(false);
    FakeIdentity.judging = false;
    const untold = await callConnect('/service-mappings', ann);
    expect([untold.status, untold.headers.get('retry-after')]).toEqual([503, '5']);
    expect((await callConnect('/service-mappings', aPrincipal())).status).toBe(200);
  });
});

describe('an administrator', () => {
  it('[CN28] closes connections wherever they are, and no others', async ({ expect }) => {
    const subject = crypto.randomUUID();
    using one = await connectToHub(aPrincipal({ subject }), { hub: 'hub:eu:0' });
    using two = await connectToHub(aPrincipal({ subject }), { hub: 'hub:na:0' });
    using three = await connectToHub(aPrincipal({ subject }), { hub: 'hub:na:0' });
    using other = await connectToHub(undefined, { hub: 'hub:na:0' });
    const kick = async (body: object) => (await callConnect('/kick', ADMINISTRATOR, body)).json;

    const { sessionId } = one.principal;
    expect(await kick({ sessionId, userId: 'somebody else' })).toEqual({ closed: 0 });
    expect(await kick({ sessionId, reason: 'spam' })).toEqual({ closed: 1 });
    expect(await one.closed).toEqual({ code: 4403, reason: 'kicked' });
    expect(await kick({ userId: subject })).toEqual({ closed: 2 });
    for (const client of [two, three]) expect(await client.closed).toMatchObject({ code: 4403 });
    expect(await kick({ userId: subject })).toEqual({ closed: 0 });
    expect((await other.call('POST:/echo')).code).toBe(0);
  });

  it("[CN28] sees a user's connections", async ({ expect }) => {
    const subject = crypto.randomUUID();
    using one = await connectToHub(aPrincipal({ subject }), { hub: 'hub:eu:0' });
    using two = await connectToHub(aPrincipal({ subject }), { hub: 'hub:na:0' });
    const list = async (userId: string) =>
      (await callConnect(`/connections?userId=${userId}`, ADMINISTRATOR)).json.connections;
    const found = await list(subject);
    expect(found.map(({ hub }: { hub: string }) => hub).toSorted()).toEqual([
      'hub:eu:0',
      'hub:na:0',
    ]);
    expect(found).toContainEqual({
      connectionId: expect.any(String),
      sessionId: one.principal.sessionId,
      hub: 'hub:eu:0',
      clientId: 'sallyport',
      roles: ['user'],
      peerGuid: one.peerGuid,
      ipAddress: '',
      country: '',
      lastHeardAt: expect.stringMatching(/Z$/),
      tokenExpiresAt: new Date(one.principal.expiresAt * 1_000).toISOString(),
    });
    expect(await list('nobody')).toEqual([]);
    expect((await two.call('POST:/echo')).code).toBe(0);
  });
});
