import { createExecutionContext } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, it, vi } from 'vitest';
import { fromBase64Url, fromUtf8 } from '../../../shared/bytes.ts';
import { rpc } from '../../../shared/contracts/bindings.ts';
import { REGISTRY_NAME, type RegistryRpc } from '../../../shared/contracts/connect/registry-rpc.ts';
import { encodePrincipal, PRINCIPAL_HEADER } from '../../../shared/contracts/edge/principal.ts';
import { serve } from '../../../workers/connect/worker.ts';
import { ADMINISTRATOR, callConnect, SERVICE } from '../../support/connect-fixture.ts';
import { FakeIdentity } from '../../support/fake-identity.ts';
import { aPrincipal } from '../../support/hub-fixture.ts';
import { aRegisteredEndpoint, aRegistration } from '../../support/registrations.ts';

const registry = rpc<RegistryRpc>(env.REGISTRIES.getByName(REGISTRY_NAME));
const ANN = aPrincipal();

const proxy = (body: unknown, principal: Parameters<typeof callConnect>[1] = ANN) =>
  callConnect('/internal/proxy', principal, body);

let answer: () => Response = () => Response.json({});
/** What was asked outside, by the hub: its requests cannot be read elsewhere. */
const requests: { url: string; token: string; body: string }[] = [];
beforeEach(async () => {
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init) => {
    const request = new Request(input, init);
    const token = request.headers.get('authorization')?.replace('Bearer ', '') ?? '';
    requests.push({ url: request.url, token, body: await request.text() });
    return answer();
  });
  const forAdmins = { roles: ['admin'], scopes: [] };
  await registry.addService(
    aRegistration({
      endpoints: [
        aRegisteredEndpoint(),
        aRegisteredEndpoint({ path: '/reset', permission: forAdmins, needsBody: false }),
      ],
    }),
  );
});
afterEach(async () => {
  vi.restoreAllMocks();
  requests.length = 0;
  await registry.removeService('chess', null);
});

const MOVE = { service: 'chess', method: 'POST', path: '/moves' };

describe('a call by name', () => {
  it('[CN34] reaches a registered service with the principal of the session', async ({
    expect,
  }) => {
    answer = () => Response.json({ board: 'e4' });
    const answered = await proxy({ ...MOVE, body: { move: 'e4' } });
    expect(answered).toMatchObject({ status: 200, json: { board: 'e4' } });
    expect(answered.headers.get('content-type')).toContain('application/json');
    const [{ url, token, body } = { url: '', token: '', body: '' }] = requests;
    expect(url).toBe('https://chess.example.test/moves');
    expect(JSON.parse(body)).toEqual({ move: 'e4' });
    expect(JSON.parse(fromUtf8(fromBase64Url(token) ?? new Uint8Array()))).toMatchObject({
      typ: 'service+jwt',
      claims: { aud: 'https://chess.example.test', sub: ANN.subject, sid: ANN.sessionId },
    });
  });

  it('[CN34] reaches our own services, with the principal', async ({ expect }) => {
    const profile = { service: 'identity', method: 'GET', path: '/api/v1/auth/profile' };
    expect(await proxy(profile)).toMatchObject({ status: 200, json: { subject: ANN.subject } });
    expect(
      await proxy({ service: 'echo', method: 'POST', path: '/echo', body: [1] }),
    ).toMatchObject({ status: 200, json: [1] });
  });

  it('[CN34] answers with bytes unchanged', async ({ expect }) => {
    const image = new Uint8Array([0x89, 0x50, 0, 255]);
    answer = () => new Response(image, { headers: { 'content-type': 'image/png' } });
    const request = new Request('https://id.example.test/api/v1/connect/internal/proxy', {
      method: 'POST',
      headers: { [PRINCIPAL_HEADER]: encodePrincipal(ANN), 'content-type': 'application/json' },
      body: JSON.stringify({ ...MOVE, body: {} }),
    });
    const context = { ...createExecutionContext(), props: { caller: 'edge' } };
    const response = await serve(request, env, context);
    expect(response.headers.get('content-type')).toBe('image/png');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(image);
  });

  it.for([
    ['the service’s own problem', 409, 409, 'TAKEN'],
    ['no such thing', 404, 404, 'TAKEN'],
    ['a failure', 500, 500, 'TAKEN'],
  ] as const)('[CN34] answers %s', async ([, status, expected, code], { expect }) => {
    answer = () =>
      new Response(JSON.stringify({ code }), {
        status,
        headers: { 'content-type': 'application/problem+json' },
      });
    expect(await proxy({ ...MOVE, body: {} })).toMatchObject({ status: expected, json: { code } });
  });

  it('[CN34] answers with a problem document where the service’s error is none', async ({
    expect,
  }) => {
    answer = () => new Response('<h1>Oops</h1>', { status: 502 });
    expect(await proxy({ ...MOVE, body: {} })).toMatchObject({
      status: 503,
      json: { code: 'Service_Unavailable', status: 503 },
    });
  });

  it.for([
    ['a service that does not exist', { ...MOVE, service: 'go' }, 404, 'ServiceNotFound'],
    ['a path that does not exist', { ...MOVE, path: '/' }, 404, 'ServiceNotFound'],
    ['another method', { ...MOVE, method: 'GET' }, 404, 'ServiceNotFound'],
    ['what it may not call', { ...MOVE, path: '/reset' }, 404, 'ServiceNotFound'],
    [
      'what is about a connection',
      { service: 'connect', method: 'POST', path: '/connect/reauthenticate', body: {} },
      404,
      'ServiceNotFound',
    ],
    ['an empty payload where there must be one', MOVE, 400, 'RequestError'],
    ['nonsense', { service: 'chess' }, 400, 'VALIDATION_ERROR'],
  ] as const)('[CN34] refuses %s', async ([, body, status, code], { expect }) => {
    expect(await proxy(body)).toMatchObject({ status, json: { code } });
    expect(requests).toEqual([]);
  });

  it('[CN34] is allowed to sessions, each with its own permissions', async ({ expect }) => {
    answer = () => new Response(null, { status: 204 });
    expect(await proxy({ ...MOVE, path: '/reset' }, ADMINISTRATOR)).toMatchObject({ status: 200 });
    expect((await proxy({ ...MOVE, body: {} }, SERVICE)).status).toBe(403);
    expect((await callConnect('/internal/proxy', undefined, MOVE)).status).toBe(401);
  });
});

type Mapping = { service: string; kind: string; health: string; endpoints: { path: string }[] };

describe('service mappings', () => {
  const mappings = async (principal: Parameters<typeof callConnect>[1]): Promise<Mapping[]> =>
    (await callConnect('/service-mappings', principal)).json.mappings;

  it('[CN33] list for a session what it may call', async ({ expect }) => {
    const listed = await mappings(ANN);
    expect(listed.map(({ service, kind, health }) => [service, kind, health])).toEqual([
      ['identity', 'own', 'healthy'],
      ['echo', 'own', 'healthy'],
      ['connect', 'own', 'healthy'],
      ['chess', 'registered', 'unknown'],
    ]);
    expect(listed.at(-1)?.endpoints).toEqual([
      {
        method: 'POST',
        path: '/moves',
        description: 'Makes a move',
        permission: { roles: [], scopes: [] },
      },
    ]);
    expect(JSON.stringify(listed)).not.toContain('chess.example.test');
  });

  it('[CN33] leave out what is not called because of its audience', async ({ expect }) => {
    await registry.removeService('chess', null);
    await registry.addService(aRegistration({ audience: 'a-client' }));
    FakeIdentity.taken = new Set(['a-client']);
    const names = async (principal: Parameters<typeof callConnect>[1]) => {
      const { json } = await callConnect('/service-mappings', principal);
      return json.mappings.map((mapping: { service: string }) => mapping.service) as string[];
    };
    expect(await names(ADMINISTRATOR)).not.toContain('chess');
    expect((await proxy({ ...MOVE, body: {} })).status).toBe(404);
    FakeIdentity.taken = new Set();
    expect(await names(ADMINISTRATOR)).toContain('chess');
  });

  it('[CN33] list everything for administrators and publishers', async ({ expect }) => {
    for (const principal of [ADMINISTRATOR, SERVICE]) {
      const chess = (await mappings(principal)).at(-1);
      expect(chess?.endpoints.map(({ path }) => path)).toEqual(['/moves', '/reset']);
    }
    const other = { ...SERVICE, scopes: [] };
    expect((await callConnect('/service-mappings', other)).status).toBe(403);
    expect((await callConnect('/service-mappings', undefined)).status).toBe(401);
  });
});
