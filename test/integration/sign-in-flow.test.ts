import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { ApiClient, aPerson, type Tokens } from '../support/node/api-client.ts';
import { ISSUER, startWorkers } from '../support/node/harness.ts';

let workers: Awaited<ReturnType<typeof startWorkers>>;
let api: ApiClient;

beforeAll(async () => {
  workers = await startWorkers({ databaseProxy: inject('databaseProxy') });
  api = new ApiClient(workers.url, { 'user-agent': 'Flow/1.0', 'cf-connecting-ip': '203.0.113.7' });
});
afterAll(() => workers[Symbol.asyncDispose]());

describe('registration', () => {
  it('answers 201 with tokens that third-party libraries verify', async () => {
    const person = aPerson();
    const { status, json, headers } = await api.call('/api/v1/auth/register', {
      body: { ...person, username: `u_${crypto.randomUUID().slice(0, 8)}`, displayName: 'Zoë 🚀' },
    });
    expect(status).toBe(201);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(json).toMatchObject({
      accountId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      sessionId: expect.stringMatching(/^ses_/),
      tokenType: 'Bearer',
      expiresIn: 900,
      refreshExpiresIn: 604_800,
      connectUrl: expect.stringMatching(/^ws:.*\/connect$/),
    });

    const jwks = createRemoteJWKSet(new URL(`${workers.url}/.well-known/jwks.json`));
    const { payload, protectedHeader } = await jwtVerify(json.accessToken, jwks, {
      issuer: ISSUER,
      audience: ISSUER,
      typ: 'at+jwt',
      algorithms: ['ES256'],
    });
    expect(protectedHeader).toMatchObject({ alg: 'ES256', typ: 'at+jwt', kid: expect.any(String) });
    expect(payload).toMatchObject({
      sub: json.accountId,
      sid: json.sessionId,
      client_id: 'sallyport',
      amr: ['pwd'],
      acr: expect.any(String),
      scope: expect.any(String),
      jti: expect.any(String),
      auth_time: expect.any(Number),
      nbf: expect.any(Number),
      roles: ['user'],
    });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(900);
  });

  it('refuses the same e-mail in another spelling with 409', async () => {
    const person = await api.register();
    const again = await api.call('/auth/register', {
      body: { email: ` ${person.email.toUpperCase()} `, password: person.password },
    });
    expect(again.status).toBe(409);
    expect(again.json.code).toBe('ACCOUNT_EMAIL_TAKEN');
  });

  it('reports every invalid field', async () => {
    const { status, json, headers } = await api.call('/api/v1/auth/register', {
      body: { email: 'not an address', password: 'short', username: 'a b' },
    });
    expect(status).toBe(400);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(json.code).toBe('VALIDATION_ERROR');
    expect(json.errors.map(({ path }: { path: string }) => path).toSorted()).toEqual(
      ['email', 'password', 'username'].toSorted(),
    );
  });

  it.each([
    ['a common password', 'password123'],
    ['one with the e-mail address', 'PERSON.UNDER.TEST!'],
  ])('refuses %s as a password', async (_, password) => {
    const { status, json } = await api.call('/api/v1/auth/register', {
      body: { email: 'person.under.test@example.test', password },
    });
    expect(status).toBe(400);
    expect(json.errors).toEqual([{ path: 'password', message: expect.any(String) }]);
  });

  it('accepts one of several simultaneous registrations of an address', async () => {
    const person = aPerson();
    const replies = await Promise.all(
      Array.from({ length: 4 }, () => api.call('/api/v1/auth/register', { body: person })),
    );
    expect(replies.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      201, 409, 409, 409,
    ]);
  });
});

describe('sign-in', () => {
  it('begins another session of the same account', async () => {
    const person = await api.register();
    const { status, json } = await api.login(person, { deviceInfo: { fingerprint: 'f1' } });
    expect(status).toBe(200);
    expect(json.accountId).toBe(person.accountId);
    expect(json.sessionId).not.toBe(person.sessionId);
  });

  it('gives the same answer for an unknown account and a wrong password', async () => {
    const person = await api.register();
    const wrong = await api.login({ ...person, password: 'not the password' });
    const unknown = await api.login(aPerson());
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    const { correlationId: _a, ...first } = wrong.json;
    const { correlationId: _b, ...second } = unknown.json;
    expect(first).toEqual(second);
    expect(first.code).toBe('AUTH_CREDENTIALS_INVALID');
  });

  it('locks the pair of identifier and network after five failures, and no other network', async () => {
    const person = await api.register();
    const guess = () => api.login({ ...person, password: 'a wrong password' });
    const guesses = [];
    for (let n = 0; n < 5; n += 1) guesses.push((await guess()).status);
    expect(guesses).toEqual([401, 401, 401, 401, 401]);

    const locked = await api.login(person);
    expect(locked.status).toBe(429);
    expect(locked.json.code).toBe('AUTH_LOCKED');
    expect(Number(locked.headers.get('retry-after'))).toBeGreaterThan(1_700);
    expect(Number(locked.headers.get('retry-after'))).toBeLessThanOrEqual(1_800);

    const elsewhere = new ApiClient(workers.url, { 'cf-connecting-ip': '198.51.100.9' });
    expect((await elsewhere.login(person)).status).toBe(200);
  });

  it('allows five parallel guesses at most', async () => {
    const person = await api.register();
    const replies = await Promise.all(
      Array.from({ length: 12 }, () => api.login({ ...person, password: 'a wrong password' })),
    );
    const admitted = replies.filter(({ status }) => status === 401).length;
    expect(admitted).toBeLessThanOrEqual(5);
    expect(replies.every(({ status }) => status === 401 || status === 429 || status === 503)).toBe(
      true,
    );
  });
});

describe('refresh', () => {
  it('rotates the token, and the new access token is valid', async () => {
    const first = await api.register();
    const { status, json } = await api.refresh(first.refreshToken);
    expect(status).toBe(200);
    expect(json.refreshToken).not.toBe(first.refreshToken);
    expect(json.sessionId).toBe(first.sessionId);
    expect((await api.validate(json.accessToken)).status).toBe(200);
  });

  it('returns the same successor, byte for byte, to a retried request', async () => {
    const first = await api.register();
    const one = await api.refresh(first.refreshToken);
    const two = await api.refresh(first.refreshToken);
    expect([one.status, two.status]).toEqual([200, 200]);
    expect(two.json.refreshToken).toBe(one.json.refreshToken);
    expect(decodeJwt(two.json.accessToken).jti).toBe(decodeJwt(one.json.accessToken).jti);
  });

  it('returns one successor to concurrent uses', async () => {
    const first = await api.register();
    const replies = await Promise.all(
      Array.from({ length: 6 }, () => api.refresh(first.refreshToken)),
    );
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(replies.map(({ json }) => json.refreshToken)).size).toBe(1);
  });

  it('treats an older token as stolen, and ends the session', async () => {
    const first = await api.register();
    const second = (await api.refresh(first.refreshToken)).json as Tokens;
    const third = (await api.refresh(second.refreshToken)).json as Tokens;
    const replay = await api.refresh(first.refreshToken);
    expect(replay.status).toBe(401);
    expect(replay.json.code).toBe('TOKEN_REFRESH_REUSED');

    const after = await api.refresh(third.refreshToken);
    expect(after.json.code).toBe('TOKEN_FAMILY_REVOKED');
    expect((await api.validate(third.accessToken, {}, '?consistency=strong')).status).toBe(401);
  });

  it('treats a replay from another installation as theft', async () => {
    const first = await api.register();
    await api.refresh(first.refreshToken);
    const thief = new ApiClient(workers.url, {
      'user-agent': 'Thief/6',
      'cf-connecting-ip': '192.0.2.66',
    });
    expect((await thief.refresh(first.refreshToken)).json.code).toBe('TOKEN_REFRESH_REUSED');
  });

  it.each(['', 'x', 'spr_AAAA', 'spr_'.padEnd(3_000, 'A')])(
    'refuses the token %j',
    async (refreshToken) => {
      const { status, json } = await api.refresh(refreshToken);
      expect([400, 401]).toContain(status);
      expect(['VALIDATION_ERROR', 'TOKEN_REFRESH_INVALID']).toContain(json.code);
    },
  );

  it('works after eviction of the user’s object', async () => {
    const first = await api.register();
    await workers.harness
      .getWorker('sallyport-identity')
      .evictDurableObject('USERS', { name: `user:${first.accountId}` });
    expect((await api.refresh(first.refreshToken)).status).toBe(200);
  });
});

describe('sessions', () => {
  it('are listed with their device while they are active', async () => {
    const person = await api.register();
    const other = (await api.login(person, { deviceInfo: { fingerprint: 'abc', name: 'Deck' } }))
      .json as Tokens;
    const { json } = await api.call('/api/v1/sessions', { token: person.accessToken });
    expect(json.sessions).toHaveLength(2);
    const listed = json.sessions.find(
      ({ sessionId }: { sessionId: string }) => sessionId === other.sessionId,
    );
    expect(listed).toMatchObject({
      current: false,
      userAgent: 'Flow/1.0',
      ipAddress: '203.0.113.7',
      deviceFingerprint: 'abc',
      deviceInfo: { name: 'Deck' },
    });
    expect(Date.parse(listed.expiresAt) - Date.parse(listed.lastActivityAt)).toBe(86_400_000);
  });

  it('end one by one: the refresh token at once, the access token within five seconds', async () => {
    const person = await api.register();
    const other = (await api.login(person)).json as Tokens;
    expect((await api.validate(other.accessToken)).status).toBe(200);

    const ended = await api.call(`/api/v1/sessions/${other.sessionId}`, {
      method: 'DELETE',
      token: person.accessToken,
    });
    expect(ended.status).toBe(204);
    expect((await api.refresh(other.refreshToken)).json.code).toBe('TOKEN_FAMILY_REVOKED');
    expect((await api.validate(other.accessToken, {}, '?consistency=strong')).status).toBe(401);
    await expect
      .poll(async () => (await api.validate(other.accessToken)).json.code, { timeout: 5_000 })
      .toBe('AUTH_TOKEN_REVOKED');
    expect((await api.validate(person.accessToken)).status).toBe(200);
  });

  it('of another user cannot be ended', async () => {
    const [ann, bob] = [await api.register(), await api.register()];
    const { status, json } = await api.call(`/api/v1/sessions/${bob.sessionId}`, {
      method: 'DELETE',
      token: ann.accessToken,
    });
    expect([status, json.code]).toEqual([404, 'SESSION_NOT_FOUND']);
    expect((await api.refresh(bob.refreshToken)).status).toBe(200);
  });

  it('end together, all but the current one', async () => {
    const person = await api.register();
    const others = [await api.login(person), await api.login(person)];
    const { status } = await api.call('/api/v1/sessions', {
      method: 'DELETE',
      token: person.accessToken,
    });
    expect([200, 204]).toContain(status);
    for (const { json } of others) expect((await api.refresh(json.refreshToken)).status).toBe(401);
    expect((await api.refresh(person.refreshToken)).status).toBe(200);
  });

  it('end by logout with 204, and their tokens are refused', async () => {
    const person = await api.register();
    const { status } = await api.call('/api/v1/auth/logout', {
      method: 'POST',
      token: person.accessToken,
    });
    expect(status).toBe(204);
    expect((await api.refresh(person.refreshToken)).status).toBe(401);
    for (const path of ['/api/v1/auth/profile', '/api/v1/sessions']) {
      const { json } = await api.call(path, { token: person.accessToken });
      expect(['SESSION_TERMINATED', 'AUTH_TOKEN_REVOKED']).toContain(json.code);
    }
    expect((await api.validate(person.accessToken, {}, '?consistency=strong')).json.code).toBe(
      'AUTH_TOKEN_REVOKED',
    );
  });

  it('end everywhere by logout with allSessions', async () => {
    const person = await api.register();
    const other = (await api.login(person)).json as Tokens;
    await api.call('/auth/logout', { token: person.accessToken, body: { allSessions: true } });
    expect((await api.refresh(other.refreshToken)).status).toBe(401);
  });
});

describe('profile', () => {
  it('can be read and changed', async () => {
    const person = await api.register();
    const username = `n_${crypto.randomUUID().slice(0, 8)}`;
    const put = await api.call('/api/v1/auth/profile', {
      method: 'PUT',
      token: person.accessToken,
      body: { username, displayName: 'New name' },
    });
    expect(put.status).toBe(200);
    const { json } = await api.call('/auth/profile', { token: person.accessToken });
    expect(json).toMatchObject({
      accountId: person.accountId,
      email: person.email,
      username,
      displayName: 'New name',
    });
  });

  it.each([
    ['no token', undefined, 'AUTH_TOKEN_MISSING'],
    ['a broken token', 'a.b.c', 'AUTH_TOKEN_MALFORMED'],
  ])('answers 401 where there is %s', async (_, token, code) => {
    const { status, json, headers } = await api.call(
      '/api/v1/auth/profile',
      token === undefined ? {} : { token },
    );
    expect([status, json.code]).toEqual([401, code]);
    expect(headers.get('www-authenticate')).toMatch(/^Bearer/);
  });
});

describe('the access token at the edge', () => {
  it('is described by the validation endpoint', async () => {
    const person = await api.register();
    const { json, headers } = await api.validate(person.accessToken, {
      requiredScopes: ['openid'],
    });
    expect(headers.get('cache-control')).toBe('no-store');
    const claims = decodeJwt(person.accessToken);
    expect(json).toEqual({
      valid: true,
      subject: person.accountId,
      sessionId: person.sessionId,
      clientId: 'sallyport',
      scopes: String(claims['scope']).split(' '),
      issuedAt: claims.iat,
      expiresAt: claims.exp,
      tokenId: claims.jti,
      claims,
    });
  });

  it('authenticates a forwarded request', async () => {
    const person = await api.register();
    const reply = await api.call('/api/v1/auth/token/validate', { token: person.accessToken });
    expect(reply.status).toBe(200);
    expect(reply.headers.get('x-auth-subject')).toBe(person.accountId);
    const refused = await api.call('/api/v1/auth/token/validate', {
      token: `${person.accessToken}x`,
    });
    expect(refused.status).toBe(401);
  });

  it('is refused for another audience and for a missing scope', async () => {
    const { accessToken } = await api.register();
    const audience = await api.validate(accessToken, { audience: 'https://other.example' });
    expect([audience.status, audience.json.code]).toEqual([401, 'AUTH_CLAIMS_INVALID']);
    const scope = await api.validate(accessToken, { requiredScopes: ['admin:everything'] });
    expect([scope.status, scope.json.code]).toEqual([403, 'AUTH_SCOPE_INSUFFICIENT']);
  });

  it('has no private key in its header or in the key set', async () => {
    const { accessToken } = await api.register();
    expect(Object.keys(decodeProtectedHeader(accessToken)).toSorted()).toEqual([
      'alg',
      'kid',
      'typ',
    ]);
    const { json, headers } = await api.call('/.well-known/jwks.json');
    expect(headers.get('cache-control')).toMatch(/max-age=\d+/);
    expect(json.keys.length).toBeGreaterThanOrEqual(2);
    for (const key of json.keys) expect(Object.keys(key)).not.toContain('d');
  });
});
