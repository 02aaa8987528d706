import { beforeEach, describe, expect, it } from 'vitest';

import { describeApp } from '../../../workers/identity/describe.ts';
import { pageRoutes } from '../../../workers/identity/web/page-routes.ts';
import { IdentityFixture } from '../../support/identity-fixture.ts';

/** Where clients send browsers, and what our own pages ask. */
const BROWSER_ENDPOINTS = [
  '/connect/inspector/token',
  '/oauth2/authorize',
  '/oauth2/authorize/resume',
  '/oauth2/logout',
  '/oauth2/logout/confirm',
];

let identity: IdentityFixture;
beforeEach(() => {
  identity = new IdentityFixture();
});

describe('requests', () => {
  it.each([
    ['{', { 'content-type': 'application/json' }, 400, 'VALIDATION_ERROR'],
    ['[]', { 'content-type': 'application/json' }, 400, 'VALIDATION_ERROR'],
    ['null', { 'content-type': 'application/json' }, 400, 'VALIDATION_ERROR'],
    [
      'email=a',
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    ['{}', { 'content-type': 'text/plain' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['x'.repeat(70_000), { 'content-type': 'application/json' }, 413, 'PAYLOAD_TOO_LARGE'],
    [
      '{"email":1,"password":true}',
      { 'content-type': 'application/json' },
      400,
      'VALIDATION_ERROR',
    ],
  ])('refuses the body %j', async (body, headers, status, code) => {
    const answer = await identity.call('/auth/login', { body, headers });
    expect([answer.status, answer.json.code]).toEqual([status, code]);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('names each wrong field once', async () => {
    const { json } = await identity.register({
      email: 'nobody',
      password: 'short',
      username: 'a b',
      deviceInfo: { name: 7 },
    });
    expect(json.errors.map(({ path }: { path: string }) => path).toSorted()).toEqual([
      'deviceInfo.name',
      'email',
      'password',
      'username',
    ]);
    const short = await identity.register({ password: 'short' });
    expect(short.json.errors).toHaveLength(1);
    const named = await identity.register({ username: 'enough', password: 'xxENOUGHxx' });
    expect(named.json.errors).toEqual([{ path: 'password', message: expect.any(String) }]);
  });

  it('answers 404 and 405, with what is allowed', async () => {
    expect((await identity.call('/auth/nothing')).json.code).toBe('NOT_FOUND');
    const wrong = await identity.call('/auth/login');
    expect([wrong.status, wrong.json.code]).toEqual([405, 'METHOD_NOT_ALLOWED']);
    expect(wrong.headers.get('allow')).toBe('POST');
  });

  it('have an answer with their correlation id that must not be stored', async () => {
    const { headers, json } = await identity.call('/auth/profile', {
      headers: { 'x-correlation-id': 'the-request' },
    });
    expect(headers.get('x-correlation-id')).toBe('the-request');
    expect(json).toMatchObject({ correlationId: 'the-request', code: 'AUTH_TOKEN_MISSING' });
    expect((await identity.register()).headers.get('cache-control')).toBe('no-store');
  });
});

describe('OpenAPI', () => {
  it('describes every route for programs that runs, with unique operation ids', () => {
    const { paths } = describeApp(identity.app);
    const operations = Object.values(paths).flatMap((path) => Object.values(path as object));
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods as object).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const pages = pageRoutes().routes.map(({ path }) => path);
    const forBrowsers = new Set([...pages, ...BROWSER_ENDPOINTS]);
    const routed = identity.app.routes
      .filter(({ method, path }) => method !== 'ALL' && !forBrowsers.has(path))
      // The documents of an issuer that has a path: the same ones again.
      .filter(({ path }) => !path.endsWith('/*'))
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/, '{$1}')}`);
    expect(new Set(described)).toEqual(new Set(routed));
    expect(described).toContain('POST /auth/token/refresh');
    expect(described).toContain('POST /api/v1/auth/token/refresh');
  });
});
