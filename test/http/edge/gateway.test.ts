import { describe, it } from 'vitest';

import { readAuthFailure, readPrincipal } from '../../../shared/contracts/edge/principal.ts';
import { EdgeFixture, outcome } from '../../support/edge-fixture.ts';
import { goodClaims, NOW_SECONDS } from '../../support/jws-forge.ts';

const TRACE = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

describe('routing', () => {
  it.for([
    ['GET', '/.well-known/jwks.json', 'keys'],
    ['POST', '/api/v1/keys/rotate', 'keys'],
    ['GET', '/api/v1/keys', 'keys'],
    ['POST', '/api/v1/auth/login', 'identity'],
    ['POST', '/auth/login', 'identity'],
    ['PUT', '/api/v1/auth/profile', 'identity'],
    ['GET', '/api/v1/sessions', 'identity'],
    ['DELETE', '/api/v1/sessions/ses_a', 'identity'],
    ['GET', '/api/v1/connect/service-mappings', 'connect'],
    ['POST', '/queue/request-access', 'connect'],
    ['GET', '/queue/status', 'connect'],
    ['GET', '/queue', 'identity'],
    ['GET', '/.well-known/openid-configuration', 'identity'],
    ['GET', '/.well-known/oauth-authorization-server', 'identity'],
    ['GET', '/.well-known/oauth-authorization-server/tenant/a', 'identity'],
    ['GET', '/.well-known/oauth-protected-resource', 'identity'],
    ['GET', '/oauth2/authorize', 'identity'],
    ['POST', '/oauth2/token', 'identity'],
    ['GET', '/oauth2/userinfo', 'identity'],
    ['DELETE', '/oauth2/register/client-1', 'identity'],
    ['POST', '/sign-in', 'identity'],
    ['POST', '/create-account', 'identity'],
    ['GET', '/consent', 'identity'],
    ['GET', '/device', 'identity'],
    ['GET', '/account/sessions', 'identity'],
    ['GET', '/signed-out', 'identity'],
    ['GET', '/pages/style.css', 'identity'],
    ['GET', '/', 'identity'],
    ['GET', '/docs/errors', 'identity'],
    ['POST', '/api/v1/oauth/clients', 'identity'],
  ] as const)('%s %s goes to %s, with its query', async ([method, path, worker], { expect }) => {
    const fixture = await EdgeFixture.start();
    expect(await outcome(fixture.fetch(`${path}?a=b`, { method }))).toEqual([200]);
    expect(fixture.forwarded).toHaveLength(1);
    const [{ to, request }] = fixture.forwarded as [(typeof fixture.forwarded)[0]];
    expect([to, request.method, new URL(request.url).pathname]).toEqual([worker, method, path]);
    expect(new URL(request.url).search).toBe('?a=b');
  });

  it.for([
    '/nowhere',
    '/api/v1/sessionsx',
    '/api/v1',
    '/authx',
    '/oauth2x',
    '/.well-known',
    '/.well-known/openid-configurationx',
    '/sign-inx',
    '/queuex',
    '/AUTH/login',
    '//auth/login',
  ])('finds nothing at %s', async (path, { expect }) => {
    const fixture = await EdgeFixture.start();
    expect(await outcome(fixture.fetch(path))).toEqual([404, 'NOT_FOUND']);
    expect(fixture.forwarded).toEqual([]);
  });

  it.for(['/health', '/openapi.json', '/docs', '/connect'])(
    'answers a wrong method at %s with 405 and Allow',
    async (path, { expect }) => {
      const fixture = await EdgeFixture.start();
      const response = await fixture.fetch(path, { method: 'POST' });
      expect(response.headers.get('allow')).toBe('GET');
      expect(await outcome(response)).toEqual([405, 'METHOD_NOT_ALLOWED']);
    },
  );

  it('answers 503 with Retry-After, and logs, when the Worker behind fails', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    fixture.answer = () => Promise.reject(new Error('boom'));
    const response = await fixture.fetch('/auth/login', { method: 'POST' });
    expect(response.headers.get('retry-after')).toBe('5');
    expect(await outcome(response)).toEqual([503, 'SERVICE_UNAVAILABLE']);
    expect(fixture.runtime.events).toContainEqual(
      expect.objectContaining({ event: 'edge.failed', level: 'error', message: 'Error: boom' }),
    );
  });

  it('logs of a failed request its ids, and never its query or its headers', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    fixture.answer = () => Promise.reject(new Error('boom'));
    const headers = { 'x-correlation-id': 'id-1' };
    await fixture.fetch('/auth/oauth/google/callback?code=secret', { headers });
    expect(fixture.runtime.events.filter(({ event }) => event === 'edge.failed')).toEqual([
      {
        event: 'edge.failed',
        level: 'error',
        code: 'SERVICE_UNAVAILABLE',
        correlationId: 'id-1',
        instance: '/auth/oauth/google/callback',
        message: 'Error: boom',
      },
    ]);
  });

  it('passes answers on as they are, redirects included', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    fixture.answer = () =>
      new Response('body', {
        status: 302,
        headers: { location: 'https://elsewhere.test/', 'cache-control': 'max-age=5' },
      });
    const response = await fixture.fetch('/auth/x');
    expect([response.status, await response.text()]).toEqual([302, 'body']);
    expect(response.headers.get('location')).toBe('https://elsewhere.test/');
    expect(response.headers.get('cache-control')).toBe('max-age=5');
  });

  it('passes pages on unchanged: every cookie, policy and cache rule', async ({ expect }) => {
    const fixture = await EdgeFixture.start({ CORS_ORIGINS: 'https://app.example.test' });
    const policy = "default-src 'none'; form-action 'self' https://app.example.test";
    fixture.answer = () => {
      const headers = new Headers({
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': policy,
        'cache-control': 'no-store, private',
        'x-frame-options': 'DENY',
        location: 'https://app.example.test/cb?code=a',
      });
      headers.append('set-cookie', '__Host-session=a; Path=/; Secure; HttpOnly; SameSite=Lax');
      headers.append('set-cookie', 'seen=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT');
      return new Response('<p>Zoë', { status: 303, headers });
    };
    const headers = { cookie: 'a=b; c=d', origin: 'https://id.example.test' };
    const response = await fixture.fetch('/sign-in', { method: 'POST', body: 'x=y', headers });
    expect([response.status, await response.text()]).toEqual([303, '<p>Zoë']);
    expect(response.headers.getSetCookie()).toEqual([
      '__Host-session=a; Path=/; Secure; HttpOnly; SameSite=Lax',
      'seen=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT',
    ]);
    expect(response.headers.get('content-security-policy')).toBe(policy);
    expect(response.headers.get('cache-control')).toBe('no-store, private');
    expect(response.headers.get('x-frame-options')).toBe('DENY');
    expect(response.headers.get('location')).toBe('https://app.example.test/cb?code=a');
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const [{ request }] = fixture.forwarded as [(typeof fixture.forwarded)[0]];
    expect(request.headers.get('cookie')).toBe('a=b; c=d');
    expect(request.headers.get('origin')).toBe('https://id.example.test');
  });

  it('forbids caching where the Worker behind names no rule', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const { headers } = await fixture.fetch('/auth/login', { method: 'POST' });
    expect(headers.get('cache-control')).toBe('no-store');
  });

  /** @demands FAPI 2.0 Security Profile §5.2: Connections use TLS 1.2 or later… */
  it('every answer over TLS carries HSTS, and none over plain HTTP', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const { headers } = await fixture.fetch('/auth/login', { method: 'POST' });
    expect(headers.get('strict-transport-security')).toMatch(/^max-age=\d+$/);
    const plain = await fixture.fetch('http://id.example.test/auth/login');
    expect(plain.headers.get('strict-transport-security')).toBeNull();
  });
});

describe('the request that a Worker behind the edge gets', () => {
  const forwardedHeaders = async (
    headers: Record<string, string>,
    path = '/api/v1/auth/profile',
    fixture?: EdgeFixture,
  ) => {
    const at = fixture ?? (await EdgeFixture.start());
    await at.fetch(path, { headers });
    return (at.forwarded.at(-1) as { request: Request }).request.headers;
  };

  it('carries the principal of a valid token, and never the token', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const authorization = `Bearer ${await fixture.token()}`;
    const headers = await forwardedHeaders({ authorization }, '/api/v1/sessions', fixture);
    expect(readPrincipal(headers)).toEqual({
      subject: goodClaims.sub,
      sessionId: goodClaims.sid,
      clientId: 'sallyport',
      scopes: ['openid', 'profile'],
      roles: ['user'],
      tokenId: goodClaims.jti,
      expiresAt: goodClaims.exp,
    });
    expect(headers.get('authorization')).toBeNull();
    expect(headers.get('x-sallyport-auth-failure')).toBeNull();
  });

  it.for<[string, string]>([
    ['Basic YTpi', '/oauth2/token'],
    ['Bearer a-registration-access-token', '/oauth2/register/client-1'],
    ['DPoP a.b.c', '/oauth2/introspect'],
    ['bearer  odd', '/.well-known/oauth-authorization-server'],
  ])('carries Authorization: %s untouched at %s', async ([authorization, path], { expect }) => {
    const dpop = 'a.b.c';
    const headers = await forwardedHeaders({ authorization, dpop, 'x-auth-subject': 'x' }, path);
    expect(headers.get('authorization')).toBe(authorization);
    expect(headers.get('dpop')).toBe(dpop);
    expect(headers.get('x-auth-subject')).toBeNull();
    expect(headers.get('x-sallyport-auth-failure')).toBeNull();
  });

  it('carries the principal at /oauth2/userinfo, and never the token', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const authorization = `Bearer ${await fixture.token()}`;
    const headers = await forwardedHeaders({ authorization }, '/oauth2/userinfo', fixture);
    expect(readPrincipal(headers)?.subject).toBe(goodClaims.sub);
    expect(headers.get('authorization')).toBeNull();
  });

  it('carries the reason why there is no principal', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    for (const [claims, code] of [
      [{ exp: NOW_SECONDS }, 'AUTH_TOKEN_EXPIRED'],
      [{ aud: 'elsewhere' }, 'AUTH_CLAIMS_INVALID'],
    ] as const) {
      const authorization = `Bearer ${await fixture.token(claims)}`;
      const headers = await forwardedHeaders({ authorization }, '/api/v1/sessions', fixture);
      expect(readPrincipal(headers)).toBeUndefined();
      expect(readAuthFailure(headers)).toBe(code);
    }
    const none = await forwardedHeaders({}, '/api/v1/sessions', fixture);
    expect(none.get('x-sallyport-auth-failure')).toBe('AUTH_TOKEN_MISSING');
  });

  it('carries nothing internal that a client sent', async ({ expect }) => {
    const headers = await forwardedHeaders({
      'x-sallyport-principal': 'eyJzdWJqZWN0IjoiYWRtaW4ifQ',
      'X-Sallyport-Client-IP': '198.51.100.1',
      'x-sallyport-anything': 'x',
      'x-auth-subject': 'admin',
      'X-AUTH-ROLES': 'admin',
      'cf-connecting-ip': '192.0.2.7',
      authorization: 'Basic YTpi',
      'x-other': 'kept',
    });
    const internal = [...headers].filter(([name]) => /^x-(?:sallyport|auth)-/.test(name));
    expect(Object.fromEntries(internal)).toEqual({
      'x-sallyport-auth-failure': 'AUTH_TOKEN_MISSING',
      'x-sallyport-client-ip': '192.0.2.7',
    });
    expect(headers.get('authorization')).toBeNull();
    expect(headers.get('x-other')).toBe('kept');
  });

  it('carries the trace, continued or begun (W3C Trace Context §3)', async ({ expect }) => {
    const given = { traceparent: TRACE, tracestate: 'a=b', 'x-correlation-id': 'id-1' };
    const continued = await forwardedHeaders(given);
    expect(continued.get('traceparent')).toMatch(/^00-a{32}-(?!b{16})[0-9a-f]{16}-01$/);
    expect(continued.get('tracestate')).toBe('a=b');
    expect(continued.get('x-correlation-id')).toBe('id-1');
    for (const traceparent of [
      'nonsense',
      TRACE.toUpperCase(),
      `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`,
      `00-${'a'.repeat(32)}-${'0'.repeat(16)}-01`,
      `ff-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
      `${TRACE}-more`,
    ]) {
      const begun = await forwardedHeaders({ ...given, traceparent });
      expect(begun.get('traceparent')).toMatch(/^00-(?!a{32})[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
      expect(begun.get('tracestate')).toBeNull();
    }
  });

  it('carries the correlation id that the client is told', async ({ expect }) => {
    for (const given of ['a'.repeat(129), 'two words', '"']) {
      const fixture = await EdgeFixture.start();
      const response = await fixture.fetch('/auth/x', { headers: { 'x-correlation-id': given } });
      const [{ request }] = fixture.forwarded as [(typeof fixture.forwarded)[0]];
      const correlationId = response.headers.get('x-correlation-id');
      expect(correlationId).toMatch(/^[A-Za-z0-9._-]{8,128}$/);
      expect(request.headers.get('x-correlation-id')).toBe(correlationId);
    }
  });
});

describe('bodies', () => {
  it.for([
    ['/auth/login', 65_536],
    ['/api/v1/connect/events', 1_048_576],
  ] as const)('to %s pass up to %i bytes, announced or not', async ([path, most], { expect }) => {
    const fixture = await EdgeFixture.start();
    fixture.answer = async (request) => new Response(String((await request.bytes()).length));
    for (const [length, status] of [
      [0, 200],
      [most, 200],
      [most + 1, 413],
    ] as const) {
      const bytes = new Uint8Array(length);
      const announced = await fixture.fetch(path, { method: 'POST', body: bytes });
      const chunked = await fixture.fetch(path, {
        method: 'POST',
        body: new Blob([bytes]).stream(),
      });
      expect([announced.status, chunked.status]).toEqual([status, status]);
      if (status === 200) expect(await chunked.text()).toBe(String(length));
    }
  });

  it('are refused by their announced length, before they are read', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const headers = { 'content-length': '65537' };
    const requests = fixture.fetch('/auth/login', { method: 'POST', headers, body: 'x' });
    expect(await outcome(requests)).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    expect(fixture.forwarded).toEqual([]);
  });
});

describe('GET /health', () => {
  it('reports each component, and asks at most every two seconds', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    let requests = 0;
    const { rpc } = fixture.upstreams.keys;
    const health = () => {
      requests += 1;
      return Promise.resolve([{ name: 'ring', status: 'DEGRADED' as const }]);
    };
    Object.assign(rpc, { health });
    fixture.runtime.now += 5_000;
    const response = await fixture.fetch('/health');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      status: 'DEGRADED',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
      uptime: 0,
      components: {
        identity: { status: 'UP', components: { identity: { status: 'UP' } } },
        keys: { status: 'DEGRADED', components: { ring: { status: 'DEGRADED' } } },
        connect: { status: 'UP', components: { connect: { status: 'UP' } } },
      },
    });
    fixture.runtime.now += 1_999;
    await fixture.fetch('/health');
    expect(requests).toBe(1);
    fixture.runtime.now += 1;
    expect(await (await fixture.fetch('/health')).json()).toMatchObject({ uptime: 2 });
    expect(requests).toBe(2);
  });

  it.for([
    ['identity', 503, 'DOWN'],
    ['keys', 503, 'DOWN'],
    ['connect', 200, 'DEGRADED'],
  ] as const)('without %s answers %d %s', async ([name, status, overall], { expect }) => {
    const fixture = await EdgeFixture.start();
    const health = () => Promise.reject(new Error('gone'));
    Object.assign(fixture.upstreams[name].rpc, { health });
    const response = await fixture.fetch('/health');
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({
      status: overall,
      components: { [name]: { status: 'DOWN' } },
    });
  });
});
