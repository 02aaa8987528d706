import { beforeEach, describe, expect, it } from 'vitest';

import { AuthorizationServerFixture } from '../../../../support/authorization-server-fixture.ts';

let oauth: AuthorizationServerFixture;
beforeEach(async () => {
  oauth = new AuthorizationServerFixture();
  await oauth.client('app');
  await oauth.client('other');
});

const revoke = (token: string, as = 'app', more: object = {}) =>
  oauth.post('/oauth2/revoke', { token, ...more }, { as });

const isActive = async (token: string): Promise<boolean> => {
  const response = await oauth.post('/oauth2/introspect', { token }, { as: 'app' });
  return (await response.json()).active;
};

describe('revocation (RFC 7009)', () => {
  it('of a refresh token ends the grant, and its access tokens (§2.1)', async () => {
    const granted = await oauth.grant(await oauth.account(), 'app');
    const { accountId, sessionId, refreshToken, accessToken } = granted;
    expect(await isActive(accessToken)).toBe(true);
    expect((await revoke(refreshToken)).status).toBe(200);
    expect(await isActive(refreshToken)).toBe(false);
    expect(await isActive(accessToken)).toBe(false);
    expect(oauth.elsewhere(accountId).store.session(sessionId)?.ended?.reason).toBe('revoked');
  });

  it('of an access token revokes it everywhere, and nothing else', async () => {
    const { accessToken, refreshToken } = await oauth.grant(await oauth.account(), 'app');
    expect(await isActive(accessToken)).toBe(true);
    expect((await revoke(accessToken)).status).toBe(200);
    expect(await isActive(accessToken)).toBe(false);
    expect(await isActive(refreshToken)).toBe(true);
    // The edge reads the log.
    expect(oauth.backend.revoked).toMatchObject([
      { kind: 'token', expiresAt: oauth.backend.now / 1_000 + 900 },
    ]);
  });

  it.each(['access_token', 'refresh_token', 'nonsense'])(
    'also finds the token with the hint %s (§2.1)',
    async (token_type_hint) => {
      const { accessToken, refreshToken } = await oauth.grant(await oauth.account(), 'app');
      for (const token of [accessToken, refreshToken]) {
        expect((await revoke(token, 'app', { token_type_hint })).status).toBe(200);
        expect(await isActive(token)).toBe(false);
      }
    },
  );

  it('answers with JSON, which some clients insist on', async () => {
    const response = await revoke('x');
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({});
  });

  it.each(['x', 'a.b.c', 'spr_AAAA', 'é€'])('of %j is no error (§2.2)', async (token) => {
    expect((await revoke(token)).status).toBe(200);
  });

  it('that is repeated is no error', async () => {
    const { accessToken, refreshToken } = await oauth.grant(await oauth.account(), 'app');
    for (const token of [accessToken, accessToken, refreshToken, refreshToken]) {
      expect((await revoke(token)).status).toBe(200);
    }
  });

  it('of another client’s token does nothing, and its answer reveals nothing (§2.1)', async () => {
    const { accessToken, refreshToken } = await oauth.grant(await oauth.account(), 'app');
    for (const token of [accessToken, refreshToken]) {
      expect((await revoke(token, 'other')).status).toBe(200);
      expect(await isActive(token)).toBe(true);
    }
  });

  it('is open to a public client for its own tokens (§5)', async () => {
    await oauth.client('spa', { tokenEndpointAuthMethod: 'none', secrets: [] });
    const { refreshToken } = await oauth.grant(await oauth.account(), 'spa');
    const response = await oauth.post('/oauth2/revoke', { token: refreshToken, client_id: 'spa' });
    expect(response.status).toBe(200);
    expect(oauth.backend.logged).toContainEqual(
      expect.objectContaining({ event: 'token.revoked', revoked: 'refresh_token' }),
    );
  });

  it.each([[{}], [{ client_id: 'app' }], [{ client_id: 'app', client_secret: 'wrong' }]])(
    'is refused if the client does not authenticate: %j (§2.2.1)',
    async (credentials: object) => {
      const response = await oauth.post('/oauth2/revoke', { token: 'x', ...credentials });
      expect([response.status, (await response.json()).error]).toEqual([401, 'invalid_client']);
    },
  );

  it('needs a token', async () => {
    const response = await oauth.post('/oauth2/revoke', {}, { as: 'app' });
    expect([response.status, (await response.json()).error]).toEqual([400, 'invalid_request']);
  });

  it.each(['users', 'ttlStore'] as const)(
    'that fails because of %s is answered 503, so that the client tries again (§2.2.1)',
    async (part) => {
      const { accessToken, refreshToken } = await oauth.grant(await oauth.account(), 'app');
      oauth.backend.down.add(part);
      const response = await revoke(part === 'users' ? refreshToken : accessToken);
      expect([response.status, (await response.json()).error]).toEqual([
        503,
        'temporarily_unavailable',
      ]);
      expect(response.headers.get('retry-after')).toBe('5');
    },
  );

  it('writes no token to the log', async () => {
    const { accessToken, refreshToken } = await oauth.grant(await oauth.account(), 'app');
    for (const token of [accessToken, refreshToken]) {
      await revoke(token);
      expect(JSON.stringify(oauth.backend.logged)).not.toContain(token.slice(-20));
    }
  });
});
