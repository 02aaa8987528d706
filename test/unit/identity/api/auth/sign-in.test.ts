import { beforeEach, describe, expect, it } from 'vitest';

import { ADA, IdentityFixture } from '../../../../support/identity-fixture.ts';

let identity: IdentityFixture;
beforeEach(() => {
  identity = new IdentityFixture();
});

describe('POST /login and /register', () => {
  it.each([
    ['          ', 'Must not be made of spaces'],
    ['zzzzzzzzzzzz', 'Must not be one character that is repeated'],
    ['Password123', 'Must not be one of the most common passwords'],
    ['ada@example.test', 'Must not contain the e-mail address, the username or the display name'],
    ['Countess 1815', 'Must not contain the e-mail address, the username or the display name'],
    ['theLADYbyron!', 'Must not contain the e-mail address, the username or the display name'],
    ['short', 'Must have at least 8 characters'],
  ])('refuse the password %j for an account, and say which rule', async (password, message) => {
    const names = { username: 'countess', displayName: 'Lady Byron' };
    const { status, json } = await identity.register({ ...names, password });
    expect([status, json.errors]).toEqual([400, [{ path: 'password', message }]]);
  });

  it('issue a token with the claims of RFC 9068 for the session that was opened', async () => {
    const { status, json } = await identity.register({
      deviceInfo: { fingerprint: 'f' },
    });
    expect(status).toBe(201);
    const [opened] = identity.backend.user.opened;
    expect(opened).toMatchObject({
      grant: { sessionId: json.sessionId, roles: ['user'] },
      device: { fingerprint: 'f' },
      origin: { ipAddress: '203.0.113.7' },
      limits: { accessSeconds: 900, absoluteSeconds: 2_592_000 },
    });
    const now = identity.backend.now / 1_000;
    expect(identity.backend.signed).toEqual([
      {
        iss: 'https://id.example.test',
        sub: json.accountId,
        aud: 'https://id.example.test',
        iat: now,
        nbf: now,
        exp: now + 900,
        jti: expect.stringMatching(/^[\w-]{22}$/),
        client_id: 'sallyport',
        scope: 'openid profile email offline_access',
        sid: json.sessionId,
        auth_time: now,
        acr: 'urn:sallyport:acr:pwd',
        amr: ['pwd'],
        roles: ['user'],
      },
    ]);
    expect(json).toMatchObject({ connectUrl: 'wss://id.example.test/connect', expiresIn: 900 });
  });

  it('do the same for an unknown account as for a wrong password', async () => {
    await identity.register();
    const wrong = await identity.login({ password: 'another phrase' });
    const unknown = await identity.login({ email: 'nobody@example.test' });
    expect(wrong.json).toEqual({ ...unknown.json, correlationId: wrong.json.correlationId });
    expect(identity.backend.verified).toHaveLength(2);
    expect(
      identity.backend.guardStores.get('identifier:nobody@example.test')?.attempts(),
    ).toHaveLength(1);
  });

  it('lock unknown identifiers, too', async () => {
    const statuses: number[] = [];
    for (let n = 0; n < 6; n += 1) statuses.push((await identity.login()).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
    expect(identity.backend.verified).toHaveLength(5);
    expect((await identity.login()).headers.get('retry-after')).toBe('1800');
  });

  it('clear the failures of the network when somebody signs in', async () => {
    await identity.register();
    const statuses: number[] = [];
    for (const password of ['wrong', 'wrong', ADA.password, 'wrong', 'wrong', 'wrong']) {
      statuses.push((await identity.login({ password })).status);
    }
    expect(statuses).toEqual([401, 401, 200, 401, 401, 401]);
    expect((await identity.login()).status).toBe(200);
  });

  it('count no attempt that could not be judged', async () => {
    identity.backend.down.add('database');
    for (let n = 0; n < 7; n += 1) expect((await identity.login()).status).toBe(503);
    identity.backend.down.clear();
    await identity.register();
    expect((await identity.login()).status).toBe(200);
  });

  it('refuse a disabled account like a wrong password', async () => {
    const { json } = await identity.register();
    const stored = identity.backend.accounts.stored.get(json.accountId);
    if (stored === undefined) throw new Error('Cannot find the account just registered');
    stored.account = { ...stored.account, status: 'disabled' };
    expect((await identity.login()).json.code).toBe('AUTH_CREDENTIALS_INVALID');
  });

  it('hash a password again after a sign-in with an outdated hash', async () => {
    const { json } = await identity.register();
    const stored = identity.backend.accounts.stored.get(json.accountId);
    if (stored === undefined) throw new Error('Cannot find the account just registered');
    stored.passwordHash = `$old$${ADA.password}`;
    identity.backend.now += 60_000;
    expect((await identity.login()).status).toBe(200);
    await Promise.all(identity.deferred);
    expect(identity.backend.accounts.stored.get(json.accountId)).toMatchObject({
      passwordHash: `$fake$${ADA.password}`,
      account: { lastLoginAt: identity.backend.now },
    });
  });

  it.each([
    ['users', 'SERVICE_UNAVAILABLE'],
    ['guards', 'SERVICE_UNAVAILABLE'],
    ['keys', 'TOKEN_KMS_ERROR'],
  ] as const)('answer 503 when the %s are down', async (part, code) => {
    await identity.register();
    identity.backend.down.add(part);
    const { status, json, headers } = await identity.login();
    expect([status, json.code]).toEqual([503, code]);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  });
});
