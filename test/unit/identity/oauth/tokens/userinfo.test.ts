import { compactDecrypt, decodeProtectedHeader, exportJWK, generateKeyPair } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';

import {
  AUTH_FAILURE_HEADER,
  encodePrincipal,
  PRINCIPAL_HEADER,
} from '../../../../../shared/contracts/edge/principal.ts';
import type { AccountId } from '../../../../../shared/ids.ts';
import { verifyIdTokenHint } from '../../../../../workers/identity/oauth/tokens/verify-own-jwt.ts';
import { pairwiseSubject } from '../../../../../workers/identity/sessions/pairwise-subject.ts';
import {
  AuthorizationServerFixture,
  claimsOf,
} from '../../../../support/authorization-server-fixture.ts';

let oauth: AuthorizationServerFixture;
let ada: AccountId;
beforeEach(async () => {
  oauth = new AuthorizationServerFixture();
  await oauth.client('app');
  ada = await oauth.account();
});

/** What `edge` says of the token it has judged. */
function judged(accessToken: string, more: object = {}): Record<string, string> {
  const { sub, sid, client_id, scope, jti, exp } = claimsOf(accessToken);
  const principal = {
    subject: sub,
    sessionId: sid ?? null,
    clientId: client_id,
    scopes: scope.split(' '),
    roles: [],
    tokenId: jti,
    expiresAt: exp,
    ...more,
  };
  return { [PRINCIPAL_HEADER]: encodePrincipal(principal) };
}

const ask = (accessToken: string, more: object = {}) =>
  oauth.get('/oauth2/userinfo', judged(accessToken, more));

describe('userinfo (OpenID Connect Core §5.3)', () => {
  it('has the claims of the scopes (§5.4)', async () => {
    const { accessToken } = await oauth.grant(ada, 'app', { scopes: ['openid', 'email'] });
    const response = await ask(accessToken);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toEqual({
      sub: ada,
      email: 'Ada@Example.test',
      email_verified: false,
    });
  });

  it('has the claims that the claims parameter requested (§5.5)', async () => {
    const { accessToken } = await oauth.grant(ada, 'app', {
      scopes: ['openid'],
      claims: { userinfo: { name: null }, id_token: { email: null } },
    });
    expect(await (await ask(accessToken)).json()).toEqual({ sub: ada, name: 'Ada' });
  });

  it.each(['roles', 'groups'])('has the roles with the scope %s, by both names', async (scope) => {
    const { accessToken } = await oauth.grant(ada, 'app', { scopes: ['openid', scope] });
    const roles = ['user'];
    expect(await (await ask(accessToken)).json()).toEqual({ sub: ada, roles, groups: roles });
  });

  it('has the roles for our own client, whose tokens carry them unasked', async () => {
    const { clientId } = oauth.services.config;
    const { accessToken } = await oauth.grant(ada, clientId, { scopes: ['openid'] });
    expect(await (await ask(accessToken)).json()).toMatchObject({ roles: ['user'] });
  });

  it('has for a client that exchanged the token only the claims of the scopes', async () => {
    await oauth.client('other');
    const { accessToken } = await oauth.grant(ada, 'app', {
      scopes: ['openid'],
      claims: { userinfo: { name: null } },
    });
    expect(await (await ask(accessToken, { clientId: 'other' })).json()).toEqual({ sub: ada });
  });

  it('has the subject by which the client knows the user (§8.1)', async () => {
    const key = await oauth.services.pairwiseKey();
    const subject = await pairwiseSubject(key, 'app.example.test', ada);
    const { accessToken } = await oauth.grant(ada, 'app', { subject, scopes: ['openid'] });
    expect(await (await ask(accessToken)).json()).toEqual({ sub: subject });
  });

  it('answers POST as it answers GET (§5.3.1)', async () => {
    const { accessToken } = await oauth.grant(ada, 'app');
    const response = await oauth.post('/oauth2/userinfo', {}, judged(accessToken));
    expect(await response.json()).toEqual(await (await ask(accessToken)).json());
  });
});

describe('a token that gives no access', () => {
  const refused = async (
    response: Awaited<ReturnType<typeof ask>>,
    status: number,
    challenge: string,
  ) => {
    expect(response.status).toBe(status);
    expect(response.headers.get('www-authenticate')).toContain(challenge);
    expect((await response.json()).sub).toBe(undefined);
  };

  it('is missing, and the challenge names no error (RFC 6750 §3)', async () => {
    const response = await oauth.get('/oauth2/userinfo');
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  });

  it('is one in the query (OAuth 2.1 §5.1.1)', async () => {
    const { accessToken } = await oauth.grant(ada, 'app');
    const response = await oauth.get(`/oauth2/userinfo?access_token=${accessToken}`);
    expect(response.status).toBe(401);
  });

  it('was refused by the edge', async () => {
    const headers = { [AUTH_FAILURE_HEADER]: 'AUTH_TOKEN_EXPIRED' };
    await refused(await oauth.get('/oauth2/userinfo', headers), 401, 'error="invalid_token"');
  });

  it('lacks the scope openid (RFC 6750 §3.1)', async () => {
    const { accessToken } = await oauth.grant(ada, 'app', { scopes: ['profile'] });
    await refused(await ask(accessToken), 403, 'error="insufficient_scope"');
    await refused(await ask(accessToken), 403, 'scope="openid"');
  });

  it('has no user, because it is in a client’s own name', async () => {
    const { accessToken } = await oauth.grant(ada, 'app');
    await refused(await ask(accessToken, { sessionId: null }), 401, 'invalid_token');
    await refused(await ask(accessToken, { subject: 'app' }), 401, 'invalid_token');
    await refused(await ask(accessToken, { sessionId: null, scopes: [] }), 403, 'scope="openid"');
  });

  it('is of a session that has ended, though the edge has not learned of it yet', async () => {
    const { accessToken, sessionId } = await oauth.grant(ada, 'app');
    await oauth.user(ada).endSession(sessionId, 'logout');
    await refused(await ask(accessToken), 401, 'invalid_token');
  });

  it('is of an account that is disabled or gone', async () => {
    const { accessToken } = await oauth.grant(ada, 'app');
    const stored = oauth.backend.accounts.stored.get(ada);
    if (stored !== undefined) stored.account = { ...stored.account, status: 'disabled' };
    await refused(await ask(accessToken), 401, 'invalid_token');
    oauth.backend.accounts.stored.delete(ada);
    await refused(await ask(accessToken), 401, 'invalid_token');
  });

  it('is of a client that is gone', async () => {
    const { accessToken } = await oauth.grant(ada, 'app');
    oauth.clients.delete('app');
    await refused(await ask(accessToken), 401, 'invalid_token');
  });

  it.each(['users', 'database'] as const)(
    'does not become one because the %s cannot be asked: that is a server error',
    async (part) => {
      const { accessToken } = await oauth.grant(ada, 'app');
      oauth.backend.down.add(part);
      expect((await ask(accessToken)).status).toBeGreaterThanOrEqual(500);
    },
  );
});

describe('an access token in the form (RFC 6750 §2.2)', () => {
  const inForm = (access_token: string, headers = {}) =>
    oauth.post('/oauth2/userinfo', { access_token }, headers);

  it('is verified by identity itself', async () => {
    const { accessToken } = await oauth.grant(ada, 'app');
    expect((await (await inForm(accessToken)).json()).sub).toBe(ada);
  });

  it('is refused where it has expired, is broken, or was revoked', async () => {
    const { accessToken } = await oauth.grant(ada, 'app');
    expect((await inForm(`${accessToken}x`)).status).toBe(401);
    await oauth.post('/oauth2/revoke', { token: accessToken }, { as: 'app' });
    const response = await inForm(accessToken);
    expect([response.status, (await response.json()).error]).toEqual([401, 'invalid_token']);
    const { accessToken: another } = await oauth.grant(ada, 'app');
    oauth.backend.now += 900_000;
    expect((await inForm(another)).status).toBe(401);
  });

  it.each([{ jkt: 'a'.repeat(43) }, { 'x5t#S256': 'a'.repeat(43) }])(
    'is refused where it is bound to a key: %j (RFC 9449 §7.2, RFC 8705 §3)',
    async (confirmation) => {
      const { accessToken } = await oauth.grant(ada, 'app', { tokenBoundTo: confirmation });
      expect((await inForm(accessToken)).status).toBe(401);
    },
  );

  it('is refused where it is for another resource (RFC 9068 §4)', async () => {
    const resources = ['https://api.example.test'];
    const { accessToken } = await oauth.grant(ada, 'app', { resources });
    expect((await inForm(accessToken)).status).toBe(401);
  });

  it.each([
    ['a good one', () => judged],
    ['a bad one', () => () => ({ [AUTH_FAILURE_HEADER]: 'AUTH_TOKEN_EXPIRED' })],
  ])('does not come along with %s in the header (RFC 6750 §2)', async (_, headersOf) => {
    const { accessToken } = await oauth.grant(ada, 'app');
    const response = await inForm(accessToken, headersOf()(accessToken));
    expect([response.status, (await response.json()).error]).toEqual([400, 'invalid_request']);
  });

  it('is not read from a body of another type', async () => {
    const { accessToken } = await oauth.grant(ada, 'app');
    const response = await inForm(accessToken, { 'content-type': 'application/json' });
    expect(response.status).toBe(401);
  });
});

describe('userinfo as a JWT (OpenID Connect Core §5.3.2)', () => {
  it.each(['RS256', 'ES256', 'EdDSA', 'PS256'] as const)('is signed by %s', async (alg) => {
    await oauth.client('app', { userinfoSignedResponseAlg: alg });
    const { accessToken } = await oauth.grant(ada, 'app', { scopes: ['openid'] });
    const response = await ask(accessToken);
    expect(response.headers.get('content-type')).toBe('application/jwt');
    const jwt = await response.text();
    expect(decodeProtectedHeader(jwt)).toMatchObject({ alg });
    expect(claimsOf(jwt)).toEqual({ iss: 'https://id.example.test', aud: 'app', sub: ada });
    expect((await verifyIdTokenHint(jwt, oauth.services)).ok).toBe(false);
  });

  it('is encrypted, signed or not', async () => {
    const { publicKey, privateKey } = await generateKeyPair('RSA-OAEP-256');
    const jwks = [{ ...(await exportJWK(publicKey)), use: 'enc' }];
    const userinfoEncryption = { alg: 'RSA-OAEP-256', enc: 'A256GCM' };
    for (const userinfoSignedResponseAlg of [null, 'ES256'] as const) {
      await oauth.client('app', { jwks, userinfoEncryption, userinfoSignedResponseAlg });
      const { accessToken } = await oauth.grant(ada, 'app', { scopes: ['openid'] });
      const response = await ask(accessToken);
      expect(response.headers.get('content-type')).toBe('application/jwt');
      const { plaintext, protectedHeader } = await compactDecrypt(
        await response.text(),
        privateKey,
      );
      const text = new TextDecoder().decode(plaintext);
      const claims = userinfoSignedResponseAlg === null ? JSON.parse(text) : claimsOf(text);
      expect(claims.sub).toBe(ada);
      expect(protectedHeader.cty).toBe(userinfoSignedResponseAlg === null ? undefined : 'JWT');
    }
  });
});
