import { createExecutionContext, reset } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, it, vi } from 'vitest';
import {
  encodePrincipal,
  PRINCIPAL_HEADER,
  type Principal,
} from '../../../shared/contracts/edge/principal.ts';
import { type PublicJwk, SIGNING_ALGORITHMS } from '../../../shared/contracts/keys/keys-rpc.ts';
import { serve } from '../../../workers/keys/worker.ts';
import { FakeIdentity } from '../../support/fake-identity.ts';
import { aFailingIsolate } from '../../support/key-ring-isolate.ts';

const START = Date.UTC(2030, 0, 1);
const ANN = '0b6c1f5e-3a52-4a53-9c0c-6c2a8b1d9e10';

type Call = {
  readonly method?: string;
  readonly roles?: readonly string[];
  readonly token?: Partial<Principal>;
  readonly caller?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly env?: KeysEnv;
};

function call(path: string, { method, roles, token, caller, headers, body, ...rest }: Call = {}) {
  const principal = {
    subject: ANN,
    sessionId: 's',
    clientId: 'sallyport',
    scopes: [],
    roles: roles ?? [],
    tokenId: 't',
    expiresAt: 0,
    ...token,
  };
  const request = new Request(`https://id.example.com${path}`, {
    method: method ?? 'GET',
    headers: {
      'x-correlation-id': 'correlation-1',
      ...(roles === undefined ? {} : { [PRINCIPAL_HEADER]: encodePrincipal(principal) }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  const props = { caller: caller ?? 'edge' };
  const ctx = Object.assign(createExecutionContext(), { props });
  return serve(request, rest.env ?? env, ctx);
}
const admin = { roles: ['user', 'admin'] };
const json = (value: unknown) => ({
  ...admin,
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});
// oxlint-disable-next-line typescript/no-explicit-any -- a test reads any shape and asserts it
const bodyOf = async (response: Promise<Response>): Promise<any> => (await response).json();
/** Those that are published for `alg`. */
const kids = async (alg = 'ES256') =>
  (await bodyOf(call('/.well-known/jwks.json'))).keys.flatMap((key: PublicJwk) =>
    key.alg === alg ? [key.kid] : [],
  );

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: START });
});
afterEach(async () => {
  FakeIdentity.demoted.clear();
  FakeIdentity.judged.length = 0;
  FakeIdentity.judging = true;
  vi.useRealTimers();
  await reset();
});

describe('GET /.well-known/jwks.json', () => {
  it('[KR18] publishes the current and the next keys to every origin, for five minutes', async ({
    expect,
  }) => {
    const response = await call('/.well-known/jwks.json');
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'public, max-age=300, stale-while-revalidate=600',
      'access-control-allow-origin': '*',
      etag: expect.stringMatching(/^"[\w-]{43}"$/),
    });
    const { keys } = await response.json<{ keys: object[] }>();
    const members = { kid: expect.any(String), use: 'sig' };
    const text = expect.any(String);
    const ec = { ...members, kty: 'EC', crv: 'P-256', x: text, y: text, alg: 'ES256' };
    const okp = { ...members, kty: 'OKP', crv: 'Ed25519', x: text, alg: 'EdDSA' };
    const rsa = { ...members, kty: 'RSA', n: text, e: 'AQAB' };
    const [rs256, ps256] = [
      { ...rsa, alg: 'RS256' },
      { ...rsa, alg: 'PS256' },
    ];
    expect(keys).toEqual([ec, ec, okp, okp, rs256, rs256, ps256, ps256]);
  });

  it('answers 304 to clients that have the current set', async ({ expect }) => {
    const etag = (await call('/.well-known/jwks.json')).headers.get('etag') ?? '';
    const ask = (ifNoneMatch: string) =>
      call('/.well-known/jwks.json', { headers: { 'if-none-match': ifNoneMatch } });

    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const response = await ask(tag);
      expect([response.status, await response.text()]).toEqual([304, '']);
      expect(response.headers.get('etag')).toBe(etag);
      expect(response.headers.get('cache-control')).toContain('max-age=300');
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
    }
    expect((await ask('"other"')).status).toBe(200);
    await call('/api/v1/keys/rotate', json({ alg: 'PS256' }));
    expect((await ask(etag)).status).toBe(200);
  });

  it('is 503 while the ring is out of reach', async ({ expect }) => {
    const cutOff = aFailingIsolate(new Error('gone'));
    const response = await call('/.well-known/jwks.json', { env: cutOff });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await response.json()).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });
});

describe('GET /api/v1/keys', () => {
  it('shows each key with its state and its dates, and nothing else', async ({ expect }) => {
    await call('/api/v1/keys/rotate', { ...admin, method: 'POST' });
    const response = await call('/api/v1/keys', admin);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const createdAt = '2030-01-01T00:00:00.000Z';
    const key = { kid: expect.any(String), alg: 'ES256', createdAt };
    const pairs = ['EdDSA', 'RS256', 'PS256'].flatMap((alg) => [
      { ...key, alg, state: 'current', activatedAt: createdAt },
      { ...key, alg, state: 'next' },
    ]);
    expect(await response.json()).toEqual({
      keys: [
        {
          ...key,
          state: 'previous',
          activatedAt: createdAt,
          expiresAt: '2030-01-02T00:00:00.000Z',
        },
        { ...key, state: 'current', activatedAt: createdAt },
        { ...key, state: 'next' },
        ...pairs,
      ],
    });
  });
});

describe('POST /api/v1/keys/rotate', () => {
  it('rotates at once and answers with the new state', async ({ expect }) => {
    const [first, second] = await kids();
    const response = await call('/api/v1/keys/rotate', { ...admin, method: 'POST' });
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-store']);
    const rotation = await response.json<{ nextKid: string }>();
    expect(rotation).toEqual({
      previousKid: first,
      currentKid: second,
      nextKid: expect.any(String),
    });
    expect(await kids()).toEqual([first, second, rotation.nextKid]);
  });

  it('rotates once for a command that is sent again with its fence', async ({ expect }) => {
    const [expectedKid] = await kids();
    expect((await call('/api/v1/keys/rotate', json({ expectedKid }))).status).toBe(200);
    const again = await call('/api/v1/keys/rotate', json({ expectedKid }));
    expect(again.status).toBe(409);
    expect(await again.json()).toMatchObject({ code: 'CONFLICT' });
    expect(await kids()).toHaveLength(3);
  });

  it.for(SIGNING_ALGORITHMS)('[KR16] rotates the key of %s alone', async (alg, { expect }) => {
    const before = await bodyOf(call('/.well-known/jwks.json'));
    const [first, second] = await kids(alg);
    const { nextKid, ...rotation } = await bodyOf(call('/api/v1/keys/rotate', json({ alg })));
    expect(rotation).toEqual({ previousKid: first, currentKid: second });
    expect(await kids(alg)).toEqual([first, second, nextKid]);
    const after = await bodyOf(call('/.well-known/jwks.json'));
    expect(after.keys.filter(({ kid }: PublicJwk) => kid !== nextKid)).toEqual(before.keys);
  });

  it('takes the fence for a key of that algorithm', async ({ expect }) => {
    const [expectedKid] = await kids('RS256');
    expect((await call('/api/v1/keys/rotate', json({ expectedKid }))).status).toBe(409);
    const rotated = await call('/api/v1/keys/rotate', json({ alg: 'RS256', expectedKid }));
    expect(rotated.status).toBe(200);
  });

  it.for(['ES384', 'none', '', null])('does not know the algorithm %j', async (alg, { expect }) => {
    const response = await call('/api/v1/keys/rotate', json({ alg }));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ path: 'alg' }] });
  });

  it.for([
    ['/api/v1/keys/rotate', { algorithm: 'EdDSA' }, 'algorithm'],
    ['/api/v1/keys/rotate', { alg: 'EdDSA', expectedkid: 'k' }, 'expectedkid'],
    ['/api/v1/keys/rotate?alg=EdDSA', {}, 'alg'],
  ] as const)(
    'rotates nothing for %s with %j, and names %s',
    async ([path, body, member], { expect }) => {
      const keys = async () => (await bodyOf(call('/api/v1/keys', admin))).keys;
      const before = await keys();
      const response = await call(path, json(body));
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        errors: [{ path: member, message: expect.stringContaining('Is not a') }],
      });
      expect(await keys()).toEqual(before);
    },
  );

  it('names the member of the body that is wrong', async ({ expect }) => {
    const response = await call('/api/v1/keys/rotate', json({ expectedKid: 7 }));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: 'VALIDATION_ERROR',
      errors: [{ path: 'expectedKid', message: expect.any(String) }],
    });
  });

  it.for([
    [400, 'VALIDATION_ERROR', 'application/json', '{'],
    [415, 'UNSUPPORTED_MEDIA_TYPE', 'text/plain', 'now'],
  ] as const)('is %d %s for %s "%s"', async ([status, code, type, body], { expect }) => {
    const request = { ...admin, method: 'POST', headers: { 'content-type': type }, body };
    const response = await call('/api/v1/keys/rotate', request);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
    expect(await kids()).toHaveLength(2);
  });
});

describe('the caller', () => {
  const routes = [
    ['GET', '/api/v1/keys'],
    ['POST', '/api/v1/keys/rotate'],
  ] as const;

  it.for(routes)('%s %s wants an access token', async ([method, path], { expect }) => {
    const missing = await call(path, { method });
    expect([missing.status, missing.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(missing.headers.get('content-type')).toBe('application/problem+json');
    expect(await missing.json()).toMatchObject({
      code: 'AUTH_TOKEN_MISSING',
      instance: path,
      correlationId: 'correlation-1',
    });
    const headers = { 'x-sallyport-auth-failure': 'AUTH_TOKEN_EXPIRED' };
    expect(await bodyOf(call(path, { method, headers }))).toMatchObject({
      code: 'AUTH_TOKEN_EXPIRED',
    });
  });

  it.for(routes)('%s %s wants an administrator', async ([method, path], { expect }) => {
    const response = await call(path, { method, roles: ['user', 'administrator'] });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: 'AUTHZ_DENIED' });
    expect(await kids()).toHaveLength(2);
  });

  it.for(routes)(
    '%s %s refuses an administrator who was demoted since the token was made',
    async ([method, path], { expect }) => {
      FakeIdentity.demoted.add(ANN);
      const response = await call(path, { ...admin, method });
      expect(response.status).toBe(403);
      expect(await response.json()).toMatchObject({ code: 'AUTHZ_DENIED' });
      expect(await kids()).toHaveLength(2);
    },
  );

  it.for(routes)(
    '%s %s refuses another client’s token that carries the role, and one without a session',
    async ([method, path], { expect }) => {
      for (const token of [{ clientId: 'a-game', scopes: ['roles'] }, { sessionId: null }]) {
        const response = await call(path, { ...admin, method, token });
        expect([response.status, await response.json()]).toMatchObject([
          403,
          { code: 'AUTHZ_DENIED' },
        ]);
      }
      expect(await kids()).toHaveLength(2);
      expect(FakeIdentity.judged).toEqual([]);
    },
  );

  it.for(routes)(
    '%s %s is 503 while identity cannot be asked, never a pass',
    async ([method, path], { expect }) => {
      FakeIdentity.judging = false;
      const unbound = { ...env, IDENTITY_RPC: undefined as unknown as KeysEnv['IDENTITY_RPC'] };
      for (const isolate of [env, unbound]) {
        const response = await call(path, { ...admin, method, env: isolate });
        expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
        expect(await response.json()).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
      }
      expect(await kids()).toHaveLength(2);
    },
  );

  it('is asked for a token before the body is read', async ({ expect }) => {
    const { roles: _none, ...anonymous } = json({ expectedKid: 7 });
    expect((await call('/api/v1/keys/rotate', anonymous)).status).toBe(401);
  });

  it.for(['identity', 'connect', 'keys', 'EDGE', ''])(
    'refuses the caller "%s"',
    async (caller, { expect }) => {
      for (const path of ['/.well-known/jwks.json', '/api/v1/keys', '/elsewhere']) {
        const response = await call(path, { caller, ...admin });
        expect(response.status).toBe(403);
        expect(await response.json()).toMatchObject({ code: 'CALLER_FORBIDDEN' });
      }
    },
  );

  it('gets 404 at every other path', async ({ expect }) => {
    const response = await call('/elsewhere');
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: 'NOT_FOUND', instance: '/elsewhere' });
  });
});

it('[KR15] answers nothing but the name of a bad setting', async ({ expect }) => {
  const badly = { ...env, KEY_ENCRYPTION_KEY: 'the-private-words' };
  const response = await call('/.well-known/jwks.json', { env: badly });
  expect(response.status).toBe(500);
  const text = await response.text();
  expect(JSON.parse(text)).toMatchObject({
    code: 'INTERNAL_ERROR',
    detail: expect.stringContaining('KEY_ENCRYPTION_KEY'),
  });
  expect(text).not.toContain('the-private-words');
});
