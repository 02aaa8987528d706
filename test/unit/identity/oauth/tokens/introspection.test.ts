import { compactDecrypt, decodeProtectedHeader, exportJWK, generateKeyPair } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';

import { type AccountId, ClientId } from '../../../../../shared/ids.ts';
import { type AccessTerms } from '../../../../../workers/identity/sessions/access-token.ts';
import { pairwiseSubject } from '../../../../../workers/identity/sessions/pairwise-subject.ts';
import {
  AuthorizationServerFixture,
  claimsOf,
  SECRET,
} from '../../../../support/authorization-server-fixture.ts';

let oauth: AuthorizationServerFixture;
beforeEach(async () => {
  oauth = new AuthorizationServerFixture();
  await oauth.client('app');
  await oauth.client('api');
});

const ask = async (token: string, as = 'app', more: object = {}) => {
  const response = await oauth.post('/oauth2/introspect', { token, ...more }, { as });
  return { status: response.status, headers: response.headers, json: await response.json() };
};
const INACTIVE = { active: false };

const clientsOwn = (clientId: string, more: Partial<AccessTerms> = {}): AccessTerms => ({
  subject: clientId,
  clientId: ClientId.restore(clientId),
  resources: ['https://api.example.test'],
  scopes: ['read', 'write'],
  session: null,
  confirmation: null,
  actor: null,
  authorizationDetails: [],
  ...more,
});

describe('introspection of an access token (RFC 7662 §2.2)', () => {
  it('answers those claims of the token that an RFC names, and no other', async () => {
    const { accountId, sessionId, accessToken } = await oauth.grant(await oauth.account(), 'app');
    const { status, headers, json } = await ask(accessToken);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^application\/json/);
    expect(headers.get('cache-control')).toBe('no-store');
    const { jti, iat, exp, auth_time } = claimsOf(accessToken);
    expect(json).toEqual({
      active: true,
      token_type: 'Bearer',
      scope: 'openid profile',
      client_id: 'app',
      sub: accountId,
      aud: 'https://id.example.test',
      iss: 'https://id.example.test',
      jti,
      iat,
      nbf: iat,
      exp,
      sid: sessionId,
      acr: 'urn:sallyport:acr:pwd',
      auth_time,
      username: 'ada',
    });
  });

  it('answers a resource server about another client’s token', async () => {
    const { accessToken } = await oauth.grant(await oauth.account(), 'app');
    expect((await ask(accessToken, 'api')).json).toMatchObject({ active: true, client_id: 'app' });
  });

  it('answers for a token in a client’s own name, with its sub', async () => {
    const token = await oauth.accessToken(clientsOwn('app'));
    expect((await ask(token)).json).toMatchObject({
      active: true,
      sub: 'app',
      client_id: 'app',
      scope: 'read write',
      aud: 'https://api.example.test',
    });
  });

  it.each([
    [{ jkt: 'a'.repeat(43) }, 'DPoP'],
    [{ 'x5t#S256': 'b'.repeat(43) }, 'Bearer'],
  ])(
    'names the key that the token is bound to: %j (RFC 9449 §6.2, RFC 8705 §3.2)',
    async (cnf, token_type) => {
      const token = await oauth.accessToken(clientsOwn('app', { confirmation: cnf }));
      expect((await ask(token)).json).toMatchObject({ active: true, cnf, token_type });
    },
  );

  it('answers the actor and the authorization details (RFC 8693 §4.1, RFC 9396 §9.2)', async () => {
    const actor = { sub: 'agent' };
    const authorizationDetails = [{ type: 'payment', amount: '1' }];
    const token = await oauth.accessToken(clientsOwn('app', { actor, authorizationDetails }));
    expect((await ask(token)).json).toMatchObject({
      act: actor,
      authorization_details: authorizationDetails,
    });
  });

  it('finds the session of a pairwise subject (OpenID Connect Core §8.1)', async () => {
    const accountId = await oauth.account();
    const key = await oauth.services.pairwiseKey();
    const subject = await pairwiseSubject(key, 'app.example.test', accountId);
    const { accessToken, sessionId } = await oauth.grant(accountId, 'app', { subject });
    expect((await ask(accessToken)).json).toMatchObject({ active: true, sub: subject });
    await oauth.user(accountId).endSession(sessionId, 'logout');
    expect((await ask(accessToken)).json).toEqual(INACTIVE);
  });

  it.each(['access_token', 'refresh_token', 'nonsense'])(
    'also finds the token with the hint %s (RFC 7662 §2.1)',
    async (token_type_hint) => {
      const { accessToken, refreshToken } = await oauth.grant(await oauth.account(), 'app');
      expect((await ask(accessToken, 'app', { token_type_hint })).json.active).toBe(true);
      expect((await ask(refreshToken, 'app', { token_type_hint })).json.active).toBe(true);
    },
  );
});

describe('the user behind an introspected token', () => {
  const USER = {
    username: 'ada',
    email: 'Ada@Example.test',
    email_verified: false,
    roles: ['user'],
    groups: ['user'],
  };
  const API = 'https://api.example.test';
  const OURS = 'https://id.example.test';
  const scopes = ['openid', 'profile', 'email', 'groups'];

  let ada: AccountId;
  beforeEach(async () => {
    ada = await oauth.account();
  });

  /** What `as` learns of the user behind a token of `app`. */
  async function learned(more: Parameters<typeof oauth.grant>[2] = {}, as = 'app') {
    const { accessToken } = await oauth.grant(ada, 'app', { scopes, ...more });
    const { status, json } = await ask(accessToken, as);
    expect([status, json.active]).toEqual([200, true]);
    return Object.fromEntries(Object.entries(json).filter(([name]) => name in USER));
  }

  it('is told as far as the scopes allow, to the client that got the token', async () => {
    expect(await learned()).toEqual(USER);
    expect(await learned({ scopes: ['openid', 'email'] })).toEqual({
      email: 'Ada@Example.test',
      email_verified: false,
    });
    expect(await learned({ scopes: ['openid', 'roles'] })).toEqual({
      roles: ['user'],
      groups: ['user'],
    });
    expect(await learned({ scopes: ['openid', 'offline_access'] })).toEqual({});
  });

  it.each([
    ['the token names by its id', { resources: ['api'] }, {}, true],
    ['has the resource of the token', { resources: [API] }, { resources: [API] }, true],
    ['has another resource', { resources: [API] }, { resources: [`${API}/x`] }, false],
    [
      'has the resource in another spelling',
      { resources: [API] },
      { resources: [`${API}/`] },
      true,
    ],
    ['has none of its own', { resources: [API] }, { resources: null }, false],
    ['an administrator gave our audience', {}, { resources: [OURS] }, true],
    ['an administrator registered', {}, { source: 'administered' }, true],
    ['is confined to others', {}, { source: 'administered', resources: [API] }, false],
    ['is confined to none', {}, { source: 'administered', resources: [] }, false],
    ['is trusted, but not with this', { resources: [API] }, { source: 'administered' }, false],
    ['registered itself', {}, { source: 'registered' }, false],
    ['is a document', {}, { source: 'metadata_document' }, false],
  ] as const)('is told to a resource server that %s: %j, %j: %s', async (_, of, api, isShown) => {
    await oauth.client('api', api);
    expect(await learned(of, 'api')).toEqual(isShown ? USER : {});
  });

  it('is told by the pairwise subject, too', async () => {
    const key = await oauth.services.pairwiseKey();
    const subject = await pairwiseSubject(key, 'app.example.test', ada);
    const { accessToken } = await oauth.grant(ada, 'app', { subject, scopes });
    expect((await ask(accessToken)).json).toMatchObject({ sub: subject, ...USER });
  });

  it('is told with the roles for a token of our own client, which has them unasked', async () => {
    const { clientId } = oauth.services.config;
    await oauth.client('api', { source: 'administered' });
    const token = await oauth.grant(ada, clientId, { scopes: ['openid'] });
    expect((await ask(token.accessToken, 'api')).json).toMatchObject({ roles: ['user'] });
  });

  it('is read once in 5 s, and not at all where no scope asks for it', async () => {
    const { accessToken } = await oauth.grant(ada, 'app', { scopes });
    const bare = await oauth.grant(ada, 'app', { scopes: ['openid'] });
    oauth.backend.accountsOpened = 0;
    await ask(bare.accessToken);
    expect(oauth.backend.accountsOpened).toBe(0);
    await ask(accessToken);
    await ask(accessToken);
    expect(oauth.backend.accountsOpened).toBe(1);
    oauth.backend.now += 5_000;
    await ask(accessToken);
    expect(oauth.backend.accountsOpened).toBe(2);
  });

  it('does not stand behind a client’s own token, or one whose account is gone', async () => {
    const own = await oauth.accessToken(clientsOwn('app', { scopes: ['profile', 'roles'] }));
    expect((await ask(own)).json).not.toHaveProperty('username');
    const { accessToken } = await oauth.grant(ada, 'app', { scopes });
    oauth.backend.accounts.stored.delete(ada);
    expect((await ask(accessToken)).json).not.toHaveProperty('username');
  });
});

describe('a token that is no longer valid', () => {
  it('is inactive when it has expired', async () => {
    const { accessToken } = await oauth.grant(await oauth.account(), 'app');
    oauth.backend.now += 899_000;
    expect((await ask(accessToken)).json.active).toBe(true);
    oauth.backend.now += 1_000;
    expect((await ask(accessToken)).json).toEqual(INACTIVE);
  });

  it('is inactive when its session has ended', async () => {
    const { accountId, sessionId, accessToken } = await oauth.grant(await oauth.account(), 'app');
    await oauth.user(accountId).endSession(sessionId, 'remote');
    expect((await ask(accessToken)).json).toEqual(INACTIVE);
  });

  it('is inactive at most 5 s after another isolate has ended its session', async () => {
    const { accountId, sessionId, accessToken } = await oauth.grant(await oauth.account(), 'app');
    expect((await ask(accessToken)).json.active).toBe(true);
    await oauth.elsewhere(accountId).endSession(sessionId, 'remote');
    oauth.backend.now += 5_000;
    expect((await ask(accessToken)).json).toEqual(INACTIVE);
  });

  it('is inactive when its key was withdrawn, although it was verified before', async () => {
    const { accessToken } = await oauth.grant(await oauth.account(), 'app');
    expect((await ask(accessToken)).json.active).toBe(true);
    oauth.keys.jwks = async () => ({ keys: [] });
    oauth.backend.now += 300_000;
    expect((await ask(accessToken)).json).toEqual(INACTIVE);
  });

  it('is inactive when its session was idle for too long, even before the token expires', async () => {
    const { config } = oauth.services;
    const limits = { ...config.limits, idleSeconds: 60 };
    oauth = new AuthorizationServerFixture({ config: { ...config, limits } });
    await oauth.client('app');
    const { accessToken } = await oauth.grant(await oauth.account(), 'app', {}, limits);
    expect((await ask(accessToken)).json.active).toBe(true);
    oauth.backend.now += 60_000;
    expect((await ask(accessToken)).json).toEqual(INACTIVE);
  });

  it('is inactive when its client is gone', async () => {
    const { accessToken, refreshToken } = await oauth.grant(await oauth.account(), 'app');
    oauth.clients.delete('app');
    expect((await ask(accessToken, 'api')).json).toEqual(INACTIVE);
    expect((await ask(refreshToken, 'api')).json).toEqual(INACTIVE);
  });

  it('is inactive when it was revoked, and no other token is', async () => {
    const { accessToken, refreshToken } = await oauth.grant(await oauth.account(), 'app');
    await oauth.post('/oauth2/revoke', { token: accessToken }, { as: 'app' });
    expect((await ask(accessToken)).json).toEqual(INACTIVE);
    expect((await ask(refreshToken)).json.active).toBe(true);
  });

  it.each(['x', 'a.b.c', 'spr_AAAA', `spr_${'A'.repeat(156)}`, 'é€', ' ', '.'.repeat(9_000)])(
    'is inactive when the text is not a token: %j (RFC 7662 §2.2)',
    async (token) => {
      expect(await ask(token)).toMatchObject({ status: 200, json: INACTIVE });
    },
  );

  it('is inactive when it is another JWT of ours (RFC 8725 §3.11)', async () => {
    const { keys, config } = oauth.services;
    const [iat, exp] = [oauth.backend.now / 1_000, oauth.backend.now / 1_000 + 900];
    const claims = { iss: config.issuer, sub: 'app', aud: 'app', client_id: 'app', iat, exp };
    for (const typ of ['JWT', 'logout+jwt', 'token-introspection+jwt'] as const) {
      const token = await keys.signJwt({ typ, claims: { ...claims, jti: 'abcdefghij' } });
      expect((await ask(token)).json).toEqual(INACTIVE);
    }
  });

  it.each(['keys', 'revocations', 'database'] as const)(
    'leads to a server error, and not to an inactive answer, if %s cannot be asked',
    async (part) => {
      const { accessToken } = await oauth.grant(await oauth.account(), 'app');
      oauth.backend.down.add(part);
      const response = await ask(accessToken);
      expect(response.status).toBeGreaterThanOrEqual(500);
      expect(response.json).not.toHaveProperty('active');
    },
  );
});

describe('introspection of a refresh token', () => {
  it('answers the client that it was issued to', async () => {
    const { accountId, sessionId, refreshToken } = await oauth.grant(await oauth.account(), 'app');
    const { json } = await ask(refreshToken);
    expect(json).toEqual({
      active: true,
      client_id: 'app',
      scope: 'openid profile',
      sub: accountId,
      iss: 'https://id.example.test',
      sid: sessionId,
      iat: oauth.backend.now / 1_000,
      exp: oauth.backend.now / 1_000 + 604_800,
      acr: 'urn:sallyport:acr:pwd',
      auth_time: oauth.backend.now / 1_000,
      username: 'ada',
    });
  });

  it('answers inactive to every other client (RFC 7662 §4)', async () => {
    const { refreshToken } = await oauth.grant(await oauth.account(), 'app');
    expect((await ask(refreshToken, 'api')).json).toEqual(INACTIVE);
  });

  it('does not use the token up, and is inactive once the grant has ended', async () => {
    const { accountId, sessionId, refreshToken } = await oauth.grant(await oauth.account(), 'app');
    expect((await ask(refreshToken)).json.active).toBe(true);
    expect((await ask(refreshToken)).json.active).toBe(true);
    await oauth.user(accountId).endSession(sessionId, 'revoked');
    expect((await ask(refreshToken)).json).toEqual(INACTIVE);
  });
});

describe('the client that introspects (RFC 7662 §2.1)', () => {
  it.each([
    ['nobody', {}],
    ['a stranger', { client_id: 'stranger', client_secret: SECRET }],
    ['a wrong secret', { client_id: 'api', client_secret: 'wrong' }],
  ])('is refused if it is %s', async (_, credentials) => {
    const response = await oauth.post('/oauth2/introspect', { token: 'x', ...credentials });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ error: 'invalid_client' });
  });

  it('is refused if it is public, because anybody can use its id', async () => {
    await oauth.client('spa', { tokenEndpointAuthMethod: 'none', secrets: [] });
    const { accessToken } = await oauth.grant(await oauth.account(), 'spa');
    const response = await oauth.post('/oauth2/introspect', {
      token: accessToken,
      client_id: 'spa',
    });
    expect([response.status, (await response.json()).error]).toEqual([401, 'invalid_client']);
  });

  it('is refused without exactly one token in a form', async () => {
    for (const form of [
      [],
      [['token', '']],
      [
        ['token', 'a'],
        ['token', 'b'],
      ],
    ]) {
      const response = await oauth.post('/oauth2/introspect', form, { as: 'app' });
      expect([response.status, (await response.json()).error]).toEqual([400, 'invalid_request']);
    }
  });

  it('is refused by another method than POST', async () => {
    expect((await oauth.get('/oauth2/introspect?token=x')).status).toBe(405);
  });
});

describe('introspection as a JWT (RFC 9701)', () => {
  const asJwt = async (token: string, accept = 'application/token-introspection+jwt') => {
    const response = await oauth.post('/oauth2/introspect', { token }, { as: 'api', accept });
    return { type: response.headers.get('content-type'), text: await response.text() };
  };

  it.each(['RS256', 'ES256', 'EdDSA', 'PS256'] as const)(
    'is signed by %s as registered',
    async (alg) => {
      await oauth.client('api', { introspectionSignedResponseAlg: alg });
      const { accessToken } = await oauth.grant(await oauth.account(), 'app');
      const { type, text } = await asJwt(accessToken);
      expect(type).toBe('application/token-introspection+jwt');
      expect(decodeProtectedHeader(text)).toMatchObject({ alg, typ: 'token-introspection+jwt' });
      const { token_introspection, ...claims } = claimsOf(text);
      expect(token_introspection).toEqual((await ask(accessToken, 'api')).json);
      // §5: `sub` and `exp` would let it pass for a token.
      expect(claims).toEqual({
        iss: 'https://id.example.test',
        aud: 'api',
        iat: oauth.backend.now / 1_000,
      });
    },
  );

  it('is signed for an inactive token, too', async () => {
    expect(claimsOf((await asJwt('x')).text).token_introspection).toEqual(INACTIVE);
  });

  it('is encrypted where the client registered a key', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ECDH-ES');
    await oauth.client('api', {
      introspectionEncryption: { alg: 'ECDH-ES', enc: 'A256GCM' },
      jwks: [{ ...(await exportJWK(publicKey)), use: 'enc', kid: 'k' }],
    });
    const { plaintext } = await compactDecrypt((await asJwt('x')).text, privateKey);
    expect(claimsOf(new TextDecoder().decode(plaintext)).token_introspection).toEqual(INACTIVE);
  });

  it.each(['application/json', '*/*', 'application/jwt', ''])(
    'is plain JSON for a client that accepts %j',
    async (accept) => expect((await asJwt('x', accept)).type).toMatch(/^application\/json/),
  );
});
