import { describe, it } from 'vitest';

import { UNKNOWN_MEMBER, UNKNOWN_PARAMETER } from '../../../shared/http/unknown-input.ts';
import { newTokenId } from '../../../shared/ids.ts';
import { EdgeFixture, outcome } from '../../support/edge-fixture.ts';
import { goodClaims, ISSUER, NOW, NOW_SECONDS } from '../../support/jws-forge.ts';

/** RFC 9728 §5.1. */
const METADATA = `resource_metadata="${ISSUER}/.well-known/oauth-protected-resource"`;

const PATHS = ['/api/v1/auth/token/validate', '/auth/token/validate'];

describe('POST …/token/validate', () => {
  it.for(PATHS)('describes a valid token at %s', async (path, { expect }) => {
    const fixture = await EdgeFixture.start();
    const token = await fixture.token();
    const response = await fixture.fetch(path, { method: 'POST', body: JSON.stringify({ token }) });
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({
      valid: true,
      subject: goodClaims.sub,
      sessionId: goodClaims.sid,
      clientId: goodClaims.client_id,
      scopes: ['openid', 'profile'],
      issuedAt: goodClaims.iat,
      expiresAt: goodClaims.exp,
      tokenId: goodClaims.jti,
      claims: goodClaims,
    });
  });

  it('takes the bearer token of the request where the body names none', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const headers = { authorization: `bearer  ${await fixture.token()}` };
    for (const body of [undefined, '', '{}', '{"requiredScopes":["openid"]}']) {
      const init = { method: 'POST', headers, ...(body === undefined ? {} : { body }) };
      expect(await outcome(fixture.fetch('/auth/token/validate', init))).toEqual([200]);
    }
    const other = JSON.stringify({ token: 'a.b.c' });
    const init = { method: 'POST', headers, body: other };
    expect(await outcome(fixture.fetch('/auth/token/validate', init))).toEqual([
      401,
      'AUTH_TOKEN_MALFORMED',
    ]);
  });

  it('answers valid:false with the reason', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const response = await fixture.validate(await fixture.token({ exp: NOW / 1_000 }));
    expect(response.status).toBe(401);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.headers.get('www-authenticate')).toBe(
      `Bearer error="invalid_token", ${METADATA}`,
    );
    expect(await response.json()).toMatchObject({
      valid: false,
      code: 'AUTH_TOKEN_EXPIRED',
      status: 401,
      type: '/docs/errors#AUTH_TOKEN_EXPIRED',
      instance: '/api/v1/auth/token/validate',
      correlationId: response.headers.get('x-correlation-id'),
    });
  });

  it('answers 401 where there is no token', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const response = await fixture.fetch('/auth/token/validate', { method: 'POST' });
    expect(response.headers.get('www-authenticate')).toBe(`Bearer ${METADATA}`);
    expect(await outcome(response)).toEqual([401, 'AUTH_TOKEN_MISSING']);
  });

  it.for(['[]', '"x"', 'null', '{', '{"token":1}', '{"audience":[]}', '{"requiredScopes":"a"}'])(
    'answers 400 to %s',
    async (body, { expect }) => {
      const fixture = await EdgeFixture.start();
      const init = { method: 'POST', body };
      expect(await outcome(fixture.fetch('/auth/token/validate', init))).toEqual([
        400,
        'VALIDATION_ERROR',
      ]);
    },
  );

  it('answers 400 to a scope that would break the challenge header', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    for (const scope of ['a"b', 'a b', 'a\r\nx: y', '', '\\', 7]) {
      const answer = fixture.validate(await fixture.token(), { requiredScopes: [scope] });
      expect(await outcome(answer)).toEqual([400, 'VALIDATION_ERROR']);
    }
  });

  it('names every member that it does not know, and ignores none', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    for (const unknown of [
      { requiredClaims: ['x'] },
      { requiredScope: 'openid', audiences: ['x'] },
      { consistency: 'strong' },
      { ['__proto__']: { a: 1 }, constructor: 1 },
    ]) {
      const response = await fixture.validate(await fixture.token(), unknown);
      const errors = Object.keys(unknown).map((path) => ({ path, message: UNKNOWN_MEMBER }));
      expect(await response.json()).toMatchObject({ valid: false, status: 400, errors });
    }
  });

  it('refuses a member that is there twice, since parsers differ in which one counts', async ({
    expect,
  }) => {
    const fixture = await EdgeFixture.start();
    const token = await fixture.token();
    for (const body of [
      `{"token":"${token}","token":"x"}`,
      `{"token":"${token}","\\u0074oken":"x"}`,
    ]) {
      const response = await fixture.fetch('/auth/token/validate', { method: 'POST', body });
      const errors = [{ path: '', message: 'Names the member "token" twice' }];
      expect(await response.json()).toMatchObject({ status: 400, errors });
    }
  });

  it('names query parameters that are no conditions of POST', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const query = '?scope=openid&consistency=strong&audience=x';
    const response = await fixture.validate(await fixture.token(), {}, query);
    const errors = ['scope', 'audience'].map((path) => ({ path, message: UNKNOWN_PARAMETER }));
    expect(await response.json()).toMatchObject({ status: 400, errors });
  });

  it('refuses a body over 64 KiB, announced or not', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const large = JSON.stringify({ token: 'x'.repeat(70_000) });
    const chunked = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let n = 0; n < 70; n += 1) controller.enqueue(new Uint8Array(1_000).fill(0x20));
        controller.close();
      },
    });
    const headers = { 'content-length': String(large.length) };
    for (const init of [
      { body: large, headers },
      { body: chunked, duplex: 'half' },
    ]) {
      const answer = fixture.fetch('/auth/token/validate', { method: 'POST', ...init });
      expect(await outcome(answer)).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    }
  });
});

describe('GET …/token/validate', () => {
  it.for(PATHS)('passes a valid token on at %s, in headers', async (path, { expect }) => {
    const fixture = await EdgeFixture.start();
    for (const query of [
      '',
      `?audience=${encodeURIComponent(ISSUER)}&scope=openid&scope=profile`,
    ]) {
      const response = await fixture.fetch(path + query, {
        headers: { authorization: `Bearer ${await fixture.token()}` },
      });
      expect([response.status, await response.text()]).toEqual([200, '']);
      const auth = [...response.headers].filter(([name]) => name.startsWith('x-auth-'));
      expect(Object.fromEntries(auth)).toEqual({
        'x-auth-subject': goodClaims.sub,
        'x-auth-session-id': goodClaims.sid,
        'x-auth-client-id': 'sallyport',
        'x-auth-scopes': 'openid profile',
        'x-auth-roles': 'user',
      });
      expect(response.headers.get('cache-control')).toBe('no-store');
    }
  });

  it('gives each answer a correlation id of its own', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const authorization = `Bearer ${await fixture.token()}`;
    const ask = (headers: Record<string, string>) =>
      fixture.fetch('/auth/token/validate', { headers: { authorization, ...headers } });
    const first = await ask({ 'x-correlation-id': 'mine' });
    const [second, third] = [await ask({}), await ask({})];
    expect(first.headers.get('x-correlation-id')).toBe('mine');
    const ids = [second, third].map(({ headers }) => headers.get('x-correlation-id'));
    expect(ids[0]).toMatch(/^[A-Za-z0-9._-]{8,128}$/);
    expect(ids[0]).not.toBe(ids[1]);
  });

  it.for<[string, string, [number, string]]>([
    ['Basic YTpi', '', [401, 'AUTH_TOKEN_MISSING']],
    ['Bearer', '', [401, 'AUTH_TOKEN_MISSING']],
    ['Bearer a b', '', [401, 'AUTH_TOKEN_MISSING']],
    ['Bearer a.b.c', '', [401, 'AUTH_TOKEN_MALFORMED']],
    ['Bearer a.b.c', '?consistency=maybe', [400, 'VALIDATION_ERROR']],
    ['Bearer a.b.c', '?audience=a&audience=b', [400, 'VALIDATION_ERROR']],
  ])('answers %s%s with %j', async ([authorization, query, expected], { expect }) => {
    const fixture = await EdgeFixture.start();
    const answer = fixture.fetch(`/auth/token/validate${query}`, { headers: { authorization } });
    expect(await outcome(answer)).toEqual(expected);
  });
});

describe('GET and POST …/token/validate', () => {
  it('takes an audience in any spelling of its URL (RFC 3986 §6.2)', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const token = await fixture.token({ aud: ['https://api.example/'] });
    for (const audience of ['https://api.example', 'https://API.example:443/']) {
      const query = `?audience=${encodeURIComponent(audience)}`;
      expect(await outcome(fixture.forwardAuth(token, query))).toEqual([200]);
    }
    const other = fixture.forwardAuth(token, '?audience=https://api.example/x');
    expect(await outcome(other)).toEqual([401, 'AUTH_CLAIMS_INVALID']);
  });

  it('compares the audience of every request, cached token or not', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const token = await fixture.token({ aud: ['game', 'shop'] });
    for (let round = 0; round < 2; round += 1) {
      expect(await outcome(fixture.forwardAuth(token))).toEqual([401, 'AUTH_CLAIMS_INVALID']);
      expect(await outcome(fixture.forwardAuth(token, '?audience=game'))).toEqual([200]);
      expect(await outcome(fixture.validate(token, { audience: 'shop' }))).toEqual([200]);
      expect(await outcome(fixture.validate(token, { audience: 'sho' }))).toEqual([
        401,
        'AUTH_CLAIMS_INVALID',
      ]);
      expect(await outcome(fixture.validate(token, { audience: '' }))).toEqual([
        401,
        'AUTH_CLAIMS_INVALID',
      ]);
    }
  });

  it('names every query parameter that it does not know, and ignores none', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const query = '?scopes=admin&required_scope=a&scope=openid&required_scope=b';
    const response = await fixture.forwardAuth(await fixture.token(), query);
    const errors = ['scopes', 'required_scope'].map((path) => ({
      path,
      message: UNKNOWN_PARAMETER,
    }));
    expect(await response.json()).toMatchObject({ status: 400, errors });
    const twice = fixture.forwardAuth(
      await fixture.token(),
      '?consistency=eventual&consistency=strong',
    );
    expect(await outcome(twice)).toEqual([400, 'VALIDATION_ERROR']);
  });

  it('is not confused by a query that ends like its path', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const token = await fixture.token();
    await fixture.forwardAuth(token);
    for (const query of ['?audience=/token/validate', '?scope=/token/validate']) {
      expect((await fixture.forwardAuth(token, query)).ok).toBe(false);
    }
    const strong = '?consistency=strong&audience=/token/validate';
    fixture.sessionStatus = 'ended';
    expect((await fixture.forwardAuth(token, strong)).ok).toBe(false);
    const post = fixture.validate(token, {}, '?consistency=/token/validate');
    expect(await outcome(post)).toEqual([400, 'VALIDATION_ERROR']);
  });

  it('requires every named scope, and names them in a refusal (RFC 6750 §3.1)', async ({
    expect,
  }) => {
    const fixture = await EdgeFixture.start();
    const token = await fixture.token();
    for (const ask of [
      () => fixture.forwardAuth(token, '?scope=openid%20admin:all'),
      () => fixture.validate(token, { requiredScopes: ['openid', 'admin:all'] }),
    ]) {
      const response = await ask();
      expect(response.headers.get('www-authenticate')).toBe(
        `Bearer error="insufficient_scope", scope="openid admin:all", ${METADATA}`,
      );
      expect(await outcome(response)).toEqual([403, 'AUTH_SCOPE_INSUFFICIENT']);
    }
  });

  it('demands a stronger or newer sign-in, and names the demand (RFC 9470 §3)', async ({
    expect,
  }) => {
    const fixture = await EdgeFixture.start();
    const good = await fixture.token({ acr: 'gold', auth_time: NOW_SECONDS - 60 });
    const old = await fixture.token({ acr: '1', auth_time: NOW_SECONDS - 61 });
    const unsaid = await fixture.token({ acr: undefined, auth_time: undefined });
    const query = '?acr_values=gold%20platinum&max_age=60';
    const body = { requiredAcr: ['gold', 'platinum'], maxAge: 60 };
    for (const ask of [
      (token: string) => fixture.forwardAuth(token, query),
      (token: string) => fixture.validate(token, body),
    ]) {
      expect(await outcome(ask(good))).toEqual([200]);
      for (const token of [old, unsaid]) {
        const response = await ask(token);
        expect(response.headers.get('www-authenticate')).toBe(
          `Bearer error="insufficient_user_authentication", acr_values="gold platinum", max_age="60", ${METADATA}`,
        );
        expect(await outcome(response)).toEqual([401, 'AUTH_STEP_UP_REQUIRED']);
      }
    }
    expect(await outcome(fixture.forwardAuth(old, '?max_age=61'))).toEqual([200]);
    expect(await outcome(fixture.forwardAuth(old, '?acr_values=1'))).toEqual([200]);
    expect((await fixture.forwardAuth(old, '?max_age=0')).headers.get('www-authenticate')).toMatch(
      /error="insufficient_user_authentication", max_age="0", /,
    );
  });

  it.for<[string, Record<string, unknown>, string, 200 | 401]>([
    ['without auth_time, under max_age alone', { auth_time: undefined }, '?max_age=60', 401],
    ['without auth_time, without max_age', { auth_time: undefined }, '?acr_values=gold', 200],
    ['without acr, under acr_values alone', { acr: undefined }, '?acr_values=gold', 401],
    ['without acr, without acr_values', { acr: undefined }, '?max_age=60', 200],
    ['as old as max_age', { auth_time: NOW_SECONDS - 60 }, '?max_age=60', 200],
    ['a second older than max_age', { auth_time: NOW_SECONDS - 61 }, '?max_age=60', 401],
    ['of another acr', { acr: 'silver' }, '?acr_values=gold', 401],
    ['of one acr of several', { acr: 'gold' }, '?acr_values=silver%20gold', 200],
  ])('judges a sign-in %s', async ([, claims, query, status], { expect }) => {
    const fixture = await EdgeFixture.start();
    const token = await fixture.token({ acr: 'gold', auth_time: NOW_SECONDS, ...claims });
    expect((await fixture.forwardAuth(token, query)).status).toBe(status);
  });

  it.for<[string, object]>([
    ['?max_age=-1', { maxAge: -1 }],
    ['?max_age=1.5', { maxAge: 1.5 }],
    ['?max_age=', { maxAge: '60' }],
    ['?max_age=1&max_age=2', { maxAge: null }],
    ['?acr_values=%22', { requiredAcr: ['"'] }],
    ['?acr_values=a%0Ab', { requiredAcr: 'gold' }],
  ])('answers 400 to %s and %j', async ([query, body], { expect }) => {
    const fixture = await EdgeFixture.start();
    const token = await fixture.token();
    for (const answer of [fixture.forwardAuth(token, query), fixture.validate(token, body)]) {
      expect(await outcome(answer)).toEqual([400, 'VALIDATION_ERROR']);
    }
  });

  it('describes a token without a session', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const token = await fixture.token({ sid: undefined, sub: 'client-1', client_id: 'client-1' });
    expect(await (await fixture.validate(token)).json()).toMatchObject({ sessionId: null });
    const { headers } = await fixture.forwardAuth(token);
    expect([headers.get('x-auth-subject'), headers.get('x-auth-session-id')]).toEqual([
      'client-1',
      '',
    ]);
  });

  it('asks the user’s object when consistency=strong', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const token = await fixture.token();
    const ask = () => [
      fixture.validate(token, {}, '?consistency=strong'),
      fixture.forwardAuth(token, '?consistency=strong'),
    ];
    for (const [status, expected] of [
      ['live', [200]],
      ['ended', [401, 'AUTH_TOKEN_REVOKED']],
      ['revoked', [401, 'AUTH_TOKEN_REVOKED']],
      ['expired', [401, 'AUTH_TOKEN_REVOKED']],
      ['unknown', [401, 'AUTH_TOKEN_REVOKED']],
      ['unreachable', [503, 'SERVICE_UNAVAILABLE']],
    ] as const) {
      fixture.sessionStatus = status;
      for (const answer of ask()) expect(await outcome(answer)).toEqual(expected);
    }
    expect(await outcome(fixture.validate(token))).toEqual([200]);
  });

  it('refuses a cached token from its exp on', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const token = await fixture.token();
    expect(await outcome(fixture.forwardAuth(token))).toEqual([200]);
    fixture.runtime.now = goodClaims.exp * 1_000 - 1;
    expect(await outcome(fixture.forwardAuth(token))).toEqual([200]);
    fixture.runtime.now += 1;
    expect(await outcome(fixture.forwardAuth(token))).toEqual([401, 'AUTH_TOKEN_EXPIRED']);
  });

  it('counts by token, from whatever address', async ({ expect }) => {
    const fixture = await EdgeFixture.start({ RATE_LIMIT_SCALE: '1', RATE_LIMIT_TOKEN: '30' });
    const [token, another] = [await fixture.token({ jti: newTokenId() }), await fixture.token()];
    const ask = async (times: number, address: string, presented = token) => {
      const counts = new Map<number, number>();
      for (let n = 0; n < times; n += 1) {
        const headers = { authorization: `Bearer ${presented}`, 'cf-connecting-ip': address };
        const { status } = await fixture.fetch('/auth/token/validate', { headers });
        counts.set(status, (counts.get(status) ?? 0) + 1);
      }
      return Object.fromEntries(counts);
    };
    expect(await ask(40, '192.0.2.1')).toEqual({ 200: 30, 429: 10 });
    expect(await ask(1, '192.0.2.2')).toEqual({ 429: 1 });
    expect(await ask(1, '192.0.2.1', another)).toEqual({ 200: 1 });
  });

  it('goes on for all users of a proxy, however many of them have no good token', async ({
    expect,
  }) => {
    const fixture = await EdgeFixture.start({ RATE_LIMIT_SCALE: '1', RATE_LIMIT_IP: '1' });
    const token = await fixture.token();
    const statuses = async (presented: string | undefined, times: number) => {
      const headers = presented === undefined ? {} : { authorization: `Bearer ${presented}` };
      const all: number[] = [];
      for (let n = 0; n < times; n += 1) {
        all.push((await fixture.fetch('/auth/token/validate', { headers })).status);
      }
      return [...new Set(all)];
    };
    expect(await statuses(undefined, 200)).toEqual([401]);
    expect(await statuses('a.b.c', 200)).toEqual([401]);
    expect(await statuses(token, 200)).toEqual([200]);
  });

  it('answers other methods with 405', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const response = await fixture.fetch('/auth/token/validate', { method: 'DELETE' });
    expect(response.headers.get('allow')).toBe('POST, GET');
    expect(await outcome(response)).toEqual([405, 'METHOD_NOT_ALLOWED']);
  });
});
