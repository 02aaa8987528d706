import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, it, vi } from 'vitest';
import { rpc } from '../../../shared/contracts/bindings.ts';
import { REGISTRY_NAME, type RegistryRpc } from '../../../shared/contracts/connect/registry-rpc.ts';
import type { Principal } from '../../../shared/contracts/edge/principal.ts';
import { ADMINISTRATOR, callConnect, SERVICE } from '../../support/connect-fixture.ts';
import { FakeIdentity } from '../../support/fake-identity.ts';
import { aPrincipal } from '../../support/hub-fixture.ts';
import { aRegistration } from '../../support/registrations.ts';

const registry = rpc<RegistryRpc>(env.REGISTRIES.getByName(REGISTRY_NAME));

const registrar = (clientId: string): Principal => ({
  ...aPrincipal({ clientId, scopes: ['connect:register'], roles: [] }),
  sessionId: null,
});
const CHESS_SERVER = registrar('chess-server');
const GO_SERVER = registrar('go-server');

const MOVES = { method: 'POST', path: '/moves' };
const settings = (change: Record<string, unknown> = {}) => ({
  baseUrl: 'https://chess.example.com/v1/',
  audience: 'https://chess.example.com',
  endpoints: [MOVES],
  ...change,
});
const chess = (change: Record<string, unknown> = {}) => ({ name: 'chess', ...settings(change) });
/** A second service, which leaves its audience to us. */
const go = (change: Record<string, unknown> = {}) =>
  chess({ name: 'go', audience: undefined, ...change });

const register = (body: unknown, principal = ADMINISTRATOR) =>
  callConnect('/services', principal, body);
const put = (name: string, body: unknown, principal = ADMINISTRATOR) =>
  callConnect(`/services/${name}`, principal, body, {}, 'PUT');
const remove = (name: string, principal = ADMINISTRATOR) =>
  callConnect(`/services/${name}`, principal, undefined, {}, 'DELETE');
const importAgain = (name: string, principal = ADMINISTRATOR) =>
  callConnect(`/services/${name}/import`, principal, undefined, {}, 'POST');

const DOCUMENT = {
  openapi: '3.1.0',
  info: { title: 'Chess', version: '1' },
  paths: {
    '/moves': {
      post: {
        summary: 'Makes a move',
        requestBody: {
          required: true,
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Move' } } },
        },
        'x-sallyport-permission': { roles: ['player'] },
      },
    },
    '/games/{id}': { get: {} },
  },
  components: { schemas: { Move: { type: 'object' } } },
};

/** What there is outside, by URL; and what was asked for. */
const OUTSIDE = new Map<string, () => Response>();
const requests: string[] = [];
beforeEach(() => {
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input) => {
    const url = String(input instanceof Request ? input.url : input);
    requests.push(url);
    return OUTSIDE.get(url)?.() ?? new Response(null, { status: 404 });
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  OUTSIDE.clear();
  requests.length = 0;
  const { services } = await registry.services();
  for (const { name } of services) await registry.removeService(name, null);
});

describe('registering a service', () => {
  it('[CN30] is allowed to administrators, and to clients with the scope', async ({ expect }) => {
    const user = aPrincipal({ scopes: ['connect:register'] });
    for (const principal of [user, SERVICE]) {
      const refused = await register(chess(), principal);
      expect(refused).toMatchObject({ status: 403, json: { code: 'AUTH_SCOPE_INSUFFICIENT' } });
      expect(refused.headers.get('www-authenticate')).toContain('scope="connect:register"');
    }
    expect((await callConnect('/services', undefined)).status).toBe(401);
    expect(await register(chess(), CHESS_SERVER)).toMatchObject({
      status: 201,
      json: {
        name: 'chess',
        baseUrl: 'https://chess.example.com/v1',
        audience: 'https://chess.example.com',
        healthPath: null,
        openapiUrl: null,
        owner: 'chess-server',
        clients: 'first_party',
        shortcuts: 'owner',
        health: 'unknown',
        endpoints: [
          {
            ...MOVES,
            description: '',
            requestSchema: null,
            responseSchema: null,
            needsBody: false,
            permission: { roles: [], scopes: [] },
          },
        ],
      },
    });
    expect(await register(go())).toMatchObject({ json: { owner: null } });
  });

  it('[CN30] lets a client change only what it registered', async ({ expect }) => {
    await register(chess(), CHESS_SERVER);
    await register(go());
    const names = async (principal: Principal) => {
      const { json } = await callConnect('/services', principal);
      return json.services.map(({ name }: { name: string }) => name);
    };
    expect(await names(CHESS_SERVER)).toEqual(['chess']);
    expect(await names(GO_SERVER)).toEqual([]);
    expect(await names(ADMINISTRATOR)).toEqual(['chess', 'go']);

    const refusals = [
      await callConnect('/services/chess', GO_SERVER),
      await put('chess', settings(), GO_SERVER),
      await importAgain('chess', GO_SERVER),
      await remove('chess', GO_SERVER),
      await remove('go', CHESS_SERVER),
    ];
    expect(refusals.map(({ status, json }) => [status, json.code])).toEqual(
      Array.from({ length: 5 }, () => [403, 'AUTHZ_DENIED']),
    );
    expect(await put('chess', settings({ endpoints: [] }), CHESS_SERVER)).toMatchObject({
      status: 200,
      json: { owner: 'chess-server', endpoints: [] },
    });
    expect((await remove('chess', CHESS_SERVER)).status).toBe(204);
    expect((await remove('chess')).json).toMatchObject({ code: 'NOT_FOUND' });
  });

  it.for([
    ['name', { name: 'Chess' }],
    ['name', { name: '1chess' }],
    ['name', { name: `c${'x'.repeat(63)}` }],
    ['name', { name: 'identity' }],
    ['name', { name: 'connect' }],
    ['baseUrl', { baseUrl: 'http://chess.example.com' }],
    ['baseUrl', { baseUrl: 'https://10.0.0.1/' }],
    ['baseUrl', { baseUrl: 'https://id.example.test/' }],
    ['baseUrl', { baseUrl: 'https://chess.example.com/?a=1' }],
    ['audience', { audience: 'https://id.example.test' }],
    ['audience', { audience: 'https://id.example.test/' }],
    ['audience', { audience: 'chess' }],
    ['audience', { audience: 'https://go.example.com' }],
    ['audience', { audience: 'https://chess.example.com.evil.example' }],
    ['audience', { audience: 'https://CHESS.example.com' }],
    ['audience', { audience: 'https://me@chess.example.com/' }],
    ['audience', { audience: 'https://chess.example.com/#a' }],
    ['audience', { audience: 'urn:sallyport:service:go' }],
    ['audience', { audience: '' }],
    ['clients', { clients: 'some' }],
    ['shortcuts', { shortcuts: 'some' }],
    ['shortcuts.0', { shortcuts: ['a b'] }],
    ['healthPath', { healthPath: 'health' }],
    ['endpoints', { endpoints: undefined }],
    ['endpoints', { endpoints: [MOVES, MOVES] }],
    ['endpoints', { openapi: DOCUMENT }],
    ['endpoints.0.method', { endpoints: [{ ...MOVES, method: 'TRACE' }] }],
    ['endpoints.0.path', { endpoints: [{ ...MOVES, path: 'moves' }] }],
    ['endpoints.0.path', { endpoints: [{ ...MOVES, path: '//elsewhere.example' }] }],
    ['endpoints.0.path', { endpoints: [{ ...MOVES, path: '/a/../../secret' }] }],
    ['endpoints.0.path', { endpoints: [{ ...MOVES, path: '/%2e%2e/secret' }] }],
    ['endpoints.0.path', { endpoints: [{ ...MOVES, path: '/games/{id}' }] }],
    ['endpoints.0.path', { endpoints: [{ ...MOVES, path: '/moves?a=1' }] }],
    ['endpoints.0.permission.role', { endpoints: [{ ...MOVES, permission: { role: ['admin'] } }] }],
    ['openapi', { endpoints: undefined, openapi: 'http://[' }],
    ['openapi', { endpoints: undefined, openapi: 'https://192.168.0.1/openapi.json' }],
    ['openapi', { endpoints: undefined, openapi: { ...DOCUMENT, openapi: '2.0' } }],
  ] as const)(
    '[CN31] is refused with the name of the wrong member %s: %j',
    async ([path, change], { expect }) => {
      const { version } = await registry.services();
      const refused = await register(chess(change));
      expect(refused).toMatchObject({ status: 400, json: { code: 'VALIDATION_ERROR' } });
      expect(refused.json.errors[0].path).toBe(path);
      expect(await registry.services()).toEqual({ version, services: [] });
      expect(requests).toEqual([]);
    },
  );

  it('[CN31] is refused under a taken name, and a replacement under an unknown one', async ({
    expect,
  }) => {
    await register(chess());
    expect(await register(chess())).toMatchObject({ status: 409, json: { code: 'CONFLICT' } });
    expect(await put('go', settings())).toMatchObject({ status: 404 });
  });

  it('[CN32] reads an OpenAPI document that is sent along', async ({ expect }) => {
    const registered = await register(chess({ endpoints: undefined, openapi: DOCUMENT }));
    expect(registered).toMatchObject({
      status: 201,
      json: {
        openapiUrl: null,
        endpoints: [
          {
            ...MOVES,
            description: 'Makes a move',
            requestSchema: { type: 'object' },
            responseSchema: null,
            needsBody: true,
            permission: { roles: ['player'], scopes: [] },
          },
        ],
      },
    });
    expect(registered.json.endpoints).toHaveLength(1);
    expect(await importAgain('chess')).toMatchObject({ status: 409, json: { code: 'CONFLICT' } });
  });

  it.for([
    ['openapi.json', 'https://chess.example.com/v1/openapi.json'],
    ['/openapi.json', 'https://chess.example.com/openapi.json'],
    ['https://docs.example.com/chess.json', 'https://docs.example.com/chess.json'],
  ] as const)('[CN32] reads %s, and again', async ([openapi, url], { expect }) => {
    OUTSIDE.set(url, () => Response.json(DOCUMENT));
    const registered = await register(chess({ endpoints: undefined, openapi }), CHESS_SERVER);
    expect(registered).toMatchObject({ status: 201, json: { openapiUrl: url } });

    const more = { ...DOCUMENT, paths: { ...DOCUMENT.paths, '/resign': { post: {} } } };
    OUTSIDE.set(url, () => Response.json(more));
    const again = await importAgain('chess', CHESS_SERVER);
    expect(again.json.endpoints.map(({ path }: { path: string }) => path)).toEqual([
      '/moves',
      '/resign',
    ]);
    expect(again).toMatchObject({ status: 200, json: { owner: 'chess-server', openapiUrl: url } });
    expect(requests).toEqual([url, url]);
  });

  it.for([
    ['is not there', () => new Response(null, { status: 404 })],
    ['is elsewhere', () => Response.redirect('https://elsewhere.example/', 302)],
    ['is no JSON', () => new Response('openapi: 3.1.0')],
    ['is no OpenAPI', () => Response.json({ hello: 'world' })],
    ['is larger than 1 MiB', () => new Response(`{"a":"${'x'.repeat(1_048_576)}"}`)],
    [
      'has an operation that is none',
      () => Response.json({ ...DOCUMENT, paths: { '/a': { get: { security: 1 } } } }),
    ],
  ] as const)('[CN32] refuses a document that %s', async ([, answer], { expect }) => {
    OUTSIDE.set('https://chess.example.com/v1/openapi.json', answer);
    const refused = await register(chess({ endpoints: undefined, openapi: 'openapi.json' }));
    expect(refused).toMatchObject({ status: 400, json: { errors: [{ path: 'openapi' }] } });
  });
});

describe('the budget of a client', () => {
  it('[CN54] is named in the refusal', async ({ expect }) => {
    for (let n = 0; n < 20; n += 1) {
      expect((await register(go({ name: `s${n}` }), GO_SERVER)).status).toBe(201);
    }
    expect(await register(go({ name: 'more' }), GO_SERVER)).toMatchObject({
      status: 409,
      json: { code: 'QUOTA_EXCEEDED', limit: 'services_per_client' },
    });
    expect((await register(chess(), CHESS_SERVER)).status).toBe(201);
  });
});

describe('the audience of a service', () => {
  afterEach(() => {
    FakeIdentity.taken = new Set();
    FakeIdentity.whileNaming = async () => undefined;
  });
  const conflict = { status: 409, json: { code: 'CONFLICT' } };

  it('[CN52] is made by us where none is named', async ({ expect }) => {
    const made = await register(go());
    expect(made.json.audience).toBe('urn:sallyport:service:go');
    expect((await put('go', settings({ audience: made.json.audience }))).status).toBe(200);
  });

  it('[CN52] belongs to one service, whoever asks first', async ({ expect }) => {
    const [first, second] = await Promise.all([
      register(chess(), CHESS_SERVER),
      register(chess({ name: 'go' }), GO_SERVER),
    ]);
    expect(new Set([first.status, second.status])).toEqual(new Set([201, 409]));
    const { services } = await registry.services();
    expect(services).toHaveLength(1);
    await registry.removeService(services[0]?.name ?? '', null);

    await register(chess(), CHESS_SERVER);
    expect(await register(chess({ name: 'go', audience: 'https://chess.example.com/' }))).toEqual(
      expect.objectContaining({ status: 409 }),
    );
    await register(go(), GO_SERVER);
    expect(await put('go', settings(), GO_SERVER)).toMatchObject(conflict);
    expect(await put('chess', settings(), CHESS_SERVER)).toMatchObject({ status: 200 });
  });

  it('[CN52] of an earlier version is kept by a change, and no new one is like it', async ({
    expect,
  }) => {
    await registry.addService(aRegistration({ audience: 'old', owner: 'chess-server' }));
    const change = (body: Record<string, unknown>) => put('chess', settings(body), CHESS_SERVER);
    expect(await change({ audience: 'old' })).toMatchObject({ json: { audience: 'old' } });
    expect((await change({ audience: 'older' })).status).toBe(400);
    expect((await change({ audience: 'https://chess.example.com' })).status).toBe(200);
    expect((await change({ audience: 'old' })).status).toBe(400);
    // An audience that is its own stays where its origin is.
    const moved = { baseUrl: 'https://evil.example', audience: 'https://chess.example.com' };
    expect((await change(moved)).status).toBe(400);
  });

  it('[CN52] is no client’s and no resource server’s', async ({ expect }) => {
    FakeIdentity.taken = new Set(['https://chess.example.com']);
    expect(await register(chess())).toMatchObject(conflict);
    await register(go());
    expect(await put('go', settings())).toMatchObject(conflict);
    expect(await registry.service('go')).toMatchObject({ audience: 'urn:sallyport:service:go' });
    FakeIdentity.taken = undefined;
    expect(await register(chess({ audience: 'https://chess.example.com/a' }))).toMatchObject({
      status: 503,
    });
    expect(await registry.service('chess')).toBeUndefined();
  });

  it('[CN52] is given back if a client took it in the same moment', async ({ expect }) => {
    await register(go());
    const takenOnceStored = async () => {
      // A stub belongs to the request that got it.
      const object = rpc<RegistryRpc>(env.REGISTRIES.getByName(REGISTRY_NAME));
      const isStored = await object.hasAudience('https://chess.example.com');
      FakeIdentity.taken = new Set(isStored ? ['https://chess.example.com'] : []);
    };
    FakeIdentity.whileNaming = takenOnceStored;
    expect(await register(chess())).toMatchObject(conflict);
    expect(await registry.service('chess')).toBeUndefined();
    expect(await put('go', settings())).toMatchObject(conflict);
    expect(await registry.service('go')).toMatchObject({ audience: 'urn:sallyport:service:go' });
  });
});
