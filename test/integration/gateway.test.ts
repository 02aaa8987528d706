import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { ApiClient } from '../support/node/api-client.ts';
import { startWorkers } from '../support/node/harness.ts';

let workers: Awaited<ReturnType<typeof startWorkers>>;
let api: ApiClient;

beforeAll(async () => {
  workers = await startWorkers({ databaseProxy: inject('databaseProxy') });
  api = new ApiClient(workers.url);
});
afterAll(() => workers[Symbol.asyncDispose]());

describe('every answer', () => {
  it.each(['/api/v1/auth/profile', '/api/v1/auth/token/validate', '/health'])(
    '%s has the correlation id of the request, and continues its trace',
    async (path) => {
      const traceId = 'a'.repeat(32);
      const { headers } = await api.call(path, {
        headers: {
          'x-correlation-id': 'my-id-1',
          traceparent: `00-${traceId}-${'b'.repeat(16)}-01`,
        },
      });
      expect(headers.get('x-correlation-id')).toBe('my-id-1');
      expect(headers.get('traceparent')).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    },
  );

  it('has a new correlation id where that of the request is not valid', async () => {
    const { headers, json } = await api.call('/nowhere', {
      headers: { 'x-correlation-id': 'two words; and more' },
    });
    expect(headers.get('x-correlation-id')).toMatch(/^[A-Za-z0-9._-]{8,128}$/);
    expect(json).toMatchObject({
      status: 404,
      code: 'NOT_FOUND',
      instance: '/nowhere',
      correlationId: headers.get('x-correlation-id'),
    });
  });

  it('ignores principal headers of clients', async () => {
    const principal = Buffer.from(
      JSON.stringify({ subject: 'x', sessionId: 'y', roles: ['admin'], scopes: [] }),
    ).toString('base64url');
    const { status, json } = await api.call('/api/v1/auth/profile', {
      headers: { 'x-sallyport-principal': principal },
    });
    expect([status, json.code]).toEqual([401, 'AUTH_TOKEN_MISSING']);
  });

  it('is 413 for a body over the limit', async () => {
    const { status, json } = await api.call('/api/v1/auth/login', {
      body: { email: 'a@example.test', password: 'x'.repeat(100_000) },
    });
    expect([status, json.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
  });

  it('is 405 for a wrong method and 415 for a wrong type', async () => {
    expect((await api.call('/api/v1/auth/login', { method: 'DELETE' })).json.code).toBe(
      'METHOD_NOT_ALLOWED',
    );
    const plain = await api.call('/api/v1/auth/login', {
      body: '{}',
      headers: { 'content-type': 'text/plain' },
    });
    expect(plain.json.code).toBe('UNSUPPORTED_MEDIA_TYPE');
  });

  it('is 400 for invalid JSON', async () => {
    const { status, json } = await api.call('/api/v1/auth/login', { body: '{"email":' });
    expect([status, json.code]).toEqual([400, 'VALIDATION_ERROR']);
  });
});

describe('CORS', () => {
  const preflight = (origin: string) =>
    api.call('/api/v1/auth/login', {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    });

  it('allows a configured origin only', async () => {
    const { status, headers } = await preflight('https://app.example.test');
    expect(status).toBeLessThan(300);
    expect(headers.get('access-control-allow-origin')).toBe('https://app.example.test');
    expect(headers.get('vary')?.toLowerCase()).toContain('origin');
  });

  it.each(['https://app.example.test.evil.test', 'null', 'http://app.example.test'])(
    'does not allow %s',
    async (origin) => {
      expect((await preflight(origin)).headers.get('access-control-allow-origin')).toBeNull();
    },
  );
});

describe('the edge', () => {
  it('reports health by component', async () => {
    const { status, json } = await api.call('/health');
    expect(status).toBe(200);
    expect(json).toMatchObject({ status: 'UP', version: expect.any(String) });
    expect(json.components).toMatchObject({
      identity: { status: 'UP' },
      keys: { status: 'UP' },
      connect: { status: 'UP' },
    });
  });

  it('describes in OpenAPI 3.1 the routes that run', async () => {
    const { json } = await api.call('/openapi.json');
    expect(json.openapi).toMatch(/^3\.1/);
    for (const path of [
      '/api/v1/auth/register',
      '/api/v1/auth/login',
      '/api/v1/auth/logout',
      '/api/v1/auth/profile',
      '/api/v1/auth/token/refresh',
      '/api/v1/auth/token/validate',
      '/api/v1/sessions',
      '/api/v1/sessions/{sessionId}',
      '/api/v1/keys/rotate',
      '/.well-known/jwks.json',
      '/connect',
      '/health',
    ]) {
      expect(Object.keys(json.paths)).toContain(path);
    }
  });

  it('answers every documented operation with something other than 404 or 405', async () => {
    const { json } = await api.call('/openapi.json');
    const wrong: string[] = [];
    for (const [path, item] of Object.entries<Record<string, unknown>>(json.paths)) {
      for (const method of Object.keys(item).filter((key) => /^(get|post|put|delete)$/.test(key))) {
        const address = path.replaceAll(/\{\w+\}/g, 'ses_aaaaaaaaaaaaaaaaaaaaaaaaaa');
        const { json: body } = await api.call(address, { method: method.toUpperCase() });
        if (body?.code === 'NOT_FOUND' || body?.code === 'METHOD_NOT_ALLOWED')
          wrong.push(`${method} ${path}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('serves a reader for it, without inline script or style', async () => {
    const { status, headers, text } = await api.call('/docs');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/html');
    expect(headers.get('content-security-policy')).not.toContain('unsafe');
    expect(text).toContain('/api/v1/auth/token/validate');
    expect((await api.call('/docs/errors')).text).toContain('id="AUTH_LOCKED"');
  });
});

describe('rate limits', () => {
  it('count wrong passwords by address, whatever the account, and no right ones', async () => {
    await using limited = await startWorkers({
      databaseProxy: inject('databaseProxy'),
      edge: { RATE_LIMIT_SCALE: '1' },
      identity: { RATE_LIMIT_SCALE: '0.1' },
    });
    const from = (address: string) => new ApiClient(limited.url, { 'cf-connecting-ip': address });
    const person = { email: 'office@example.test', password: 'a long enough phrase' };
    const created = await from('203.0.113.50').call('/auth/register', { body: person });
    expect(created.status).toBe(201);
    const login = async (more: object, address = '203.0.113.50') =>
      from(address).call('/auth/login', { body: { ...person, ...more } });

    const right: number[] = [];
    for (let n = 0; n < 15; n += 1) right.push((await login({})).status);
    expect(right).toEqual(Array(15).fill(200));

    const wrong: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      const email = `nobody${n}@example.test`;
      wrong.push((await login({ email, password: 'not it' })).status);
    }
    expect(wrong).toEqual([401, 401, 401, 429, 429]);
    const refused = await login({});
    expect(refused.json.code).toBe('RATE_LIMITED');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.headers.get('ratelimit-policy')).toBe('"sign-in-failures";q=3;w=60');
    expect((await login({}, '203.0.113.51')).status).toBe(200);
  });
});
