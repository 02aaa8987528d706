import { env } from 'cloudflare:workers';
import { afterEach, describe, it, vi } from 'vitest';

import { rpc } from '../../../shared/contracts/bindings.ts';
import { REGISTRY_NAME, type RegistryRpc } from '../../../shared/contracts/connect/registry-rpc.ts';
import type { Principal } from '../../../shared/contracts/edge/principal.ts';
import { ADMINISTRATOR, callConnect, SERVICE } from '../../support/connect-fixture.ts';
import { readJson } from '../../support/hub-client.ts';
import { aPrincipal, connectToHub } from '../../support/hub-fixture.ts';
import { aRegistration } from '../../support/registrations.ts';

const ENDPOINT = 'POST:/api/v1/test/inspect';
const MOVES = { service: 'chess', endpoint: 'POST:/moves' };
const registry = rpc<RegistryRpc>(env.REGISTRIES.getByName(REGISTRY_NAME));
afterEach(async () => {
  vi.restoreAllMocks();
  await registry.removeService('chess', null);
});

const bind = (body: object, principal: Principal | undefined = SERVICE) =>
  callConnect(
    '/shortcuts',
    principal,
    {
      name: 'join',
      service: 'identity',
      endpoint: ENDPOINT,
      ...body,
    },
    {},
    'PUT',
  );
const revoke = (query: string, principal: Principal = SERVICE) =>
  callConnect(`/shortcuts?${query}`, principal, undefined, {}, 'DELETE');

describe('PUT /api/v1/connect/shortcuts', () => {
  it.for([true, false])(
    '[CN42] binds at the hub of the session (its user known: %s)',
    async (isKnown, { expect }) => {
      using ann = await connectToHub(aPrincipal(), { hub: 'hub:eu:5' });
      const { sessionId, subject } = ann.principal;
      const { status, json } = await bind({
        sessionId,
        ...(isKnown ? { userId: subject } : {}),
        payload: { match: 7 },
        expiresInSeconds: 60,
        description: 'Joins',
        displayName: 'Join',
        tags: ['a'],
      });
      expect([status, json]).toEqual([200, { shortcutId: expect.any(String) }]);
      const update = await ann.event();
      expect(update['shortcuts']).toMatchObject([
        {
          shortcutId: json.shortcutId,
          name: 'join',
          description: 'Joins',
          displayName: 'Join',
          tags: ['a'],
        },
      ]);
      const [listed] = update['shortcuts'] as { expiresAt: string }[];
      const left = Date.parse(listed?.expiresAt ?? '') - Date.now();
      expect(left).toBeGreaterThan(50_000);
      expect(left).toBeLessThanOrEqual(60_000);
      const answer = await ann.call('', { guid: json.shortcutId });
      expect(readJson(answer)).toMatchObject({ body: '{"match":7}' });
    },
  );

  it('[CN42] binds a payload of bytes, or none', async ({ expect }) => {
    using ann = await connectToHub();
    const { sessionId } = ann.principal;
    const echo = { service: 'echo', endpoint: 'POST:/echo', sessionId };
    const bytes = await bind({ ...echo, name: 'bytes', payloadBase64: 'AP8=' });
    const nothing = await bind({ ...echo, name: 'nothing' });
    const first = await ann.call('', { guid: bytes.json.shortcutId });
    const second = await ann.call('', { guid: nothing.json.shortcutId });
    expect([first.flags, [...first.payload]]).toEqual([0x41, [0, 255]]);
    expect([second.flags, second.payload.length]).toEqual([0x40, 0]);
  });

  it('[CN42] shows no name that nobody can see', async ({ expect }) => {
    using ann = await connectToHub();
    for (const displayName of ['\u200B\u2060', 'Jo\u202Ein']) {
      const { sessionId } = ann.principal;
      const endpoint = 'POST:/echo';
      const body = { sessionId, name: 'x', service: 'echo', endpoint, displayName };
      const { status, json } = await bind(body);
      expect([status, json.errors]).toMatchObject([400, [{ path: 'displayName' }]]);
    }
  });

  it('[CN42] answers why a shortcut cannot be bound', async ({ expect }) => {
    using ann = await connectToHub();
    const { sessionId } = ann.principal;
    const outcome = async (body: object) => {
      const { status, json } = await bind(body);
      return [status, json.code];
    };
    expect(await outcome({ sessionId: 'ses_nobody' })).toEqual([404, 'SESSION_NOT_FOUND']);
    expect(await outcome({ sessionId, userId: 'another' })).toEqual([404, 'SESSION_NOT_FOUND']);
    expect(await outcome({ sessionId, endpoint: 'POST:/nothing' })).toEqual([404, 'NOT_FOUND']);
  });

  it.for([
    ['no name', { name: '' }],
    ['too long a name', { name: 'x'.repeat(129) }],
    ['an endpoint without a method', { endpoint: '/x' }],
    ['an endpoint of no such method', { endpoint: 'TRACE:/x' }],
    ['two payloads', { payload: 1, payloadBase64: 'AA==' }],
    ['no base64', { payloadBase64: '?' }],
    ['no time', { expiresInSeconds: 0 }],
    ['a source', { source: 'another' }],
  ] as const)('[CN42] refuses %s', async ([, body], { expect }) => {
    const { status, json } = await bind({ sessionId: 'ses_a', ...body });
    expect([status, json.code]).toEqual([400, 'VALIDATION_ERROR']);
  });

  it('[CN42] refuses an endpoint that its owner does not lend', async ({ expect }) => {
    using ann = await connectToHub();
    const { sessionId } = ann.principal;
    await registry.addService(aRegistration({ owner: 'chess-server' }));
    const thief = { ...SERVICE, clientId: 'thief' };
    for (const target of [MOVES, { endpoint: ENDPOINT }]) {
      const { status, json } = await bind({ sessionId, ...target }, thief);
      expect([status, json.code]).toEqual([403, 'AUTHZ_DENIED']);
    }
    const owner = { ...SERVICE, clientId: 'chess-server' };
    expect((await bind({ sessionId, ...MOVES }, owner)).status).toBe(200);
    expect((await bind({ sessionId, ...MOVES }, ADMINISTRATOR)).status).toBe(200);
  });

  it('[CN42] is allowed to services and administrators', async ({ expect }) => {
    using ann = await connectToHub();
    const { sessionId } = ann.principal;
    expect((await bind({ sessionId }, ADMINISTRATOR)).status).toBe(200);
    const player = aPrincipal({ scopes: ['connect:publish'] });
    expect((await bind({ sessionId }, player)).status).toBe(403);
    expect((await revoke(`sessionId=${sessionId}`, player)).status).toBe(403);
  });
});

describe('DELETE /api/v1/connect/shortcuts', () => {
  it('[CN43] revokes one shortcut of this client by name, or all of them', async ({ expect }) => {
    using ann = await connectToHub();
    const { sessionId, subject } = ann.principal;
    const another = { ...SERVICE, clientId: 'another' };
    await registry.addService(aRegistration({ owner: 'another' }));
    vi.spyOn(globalThis, 'fetch').mockImplementation(async () => Response.json({}));
    const bound = [
      await bind({ sessionId, name: 'a' }),
      await bind({ sessionId, name: 'b' }),
      await bind({ sessionId, name: 'c' }),
      await bind({ sessionId, name: 'a', ...MOVES }, another),
    ].map(({ json }) => json.shortcutId as string);
    const codes = async () => {
      const answered: number[] = [];
      for (const guid of bound) answered.push((await ann.call('', { guid })).code);
      return answered;
    };
    expect((await revoke(`sessionId=${sessionId}&name=a`)).json).toEqual({ revoked: 1 });
    expect(await codes()).toEqual([72, 0, 0, 0]);
    expect((await revoke(`sessionId=${sessionId}&userId=${subject}`)).json).toEqual({ revoked: 2 });
    expect(await codes()).toEqual([72, 72, 72, 0]);
    expect((await revoke('sessionId=ses_nobody')).json).toEqual({ revoked: 0 });
    expect((await revoke('name=a')).status).toBe(400);
  });
});

describe('POST /api/v1/connect/api-discovery', () => {
  const discover = (principal: Principal | undefined, body?: object) =>
    callConnect('/api-discovery', principal, body, {}, 'POST');

  it('[CN41] returns what the manifest of the token’s session lists', async ({ expect }) => {
    using ann = await connectToHub(aPrincipal(), { hub: 'hub:eu:6' });
    const { status, json } = await discover(ann.principal);
    const { sessionId, availableApis, shortcuts, manifestHash } = ann.manifest;
    expect(status).toBe(200);
    expect(json).toEqual({ sessionId, availableApis, shortcuts, manifestHash, version: 1 });
    const bound = await bind({ sessionId });
    expect((await discover(ann.principal)).json).toMatchObject({
      version: 2,
      shortcuts: [{ shortcutId: bound.json.shortcutId, name: 'join' }],
    });
  });

  it('[CN41] returns no other session’s endpoints, whatever the request contains', async ({
    expect,
  }) => {
    using ann = await connectToHub();
    const bob = aPrincipal();
    const { json } = await discover(bob, { sessionId: ann.principal.sessionId });
    expect(json).toMatchObject({ sessionId: bob.sessionId, version: 0 });
    expect(json.availableApis.map((api: { serviceId: string }) => api.serviceId)).not.toContain(
      ann.guid('POST:/echo'),
    );
  });

  it('[CN41] is refused without a session', async ({ expect }) => {
    expect((await discover(undefined)).status).toBe(401);
    expect((await discover(SERVICE)).status).toBe(403);
  });
});
