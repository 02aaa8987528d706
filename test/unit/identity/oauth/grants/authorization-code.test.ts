import { compactDecrypt, exportJWK, generateKeyPair } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';

import { toBase64Url, utf8 } from '../../../../../shared/bytes.ts';
import { ClientId } from '../../../../../shared/ids.ts';
import { aProver } from '../../../../support/dpop-forge.ts';
import { claimsOf, TokenFixture, VERIFIER } from '../../../../support/token-fixture.ts';

let endpoint: TokenFixture;
beforeEach(async () => {
  endpoint = new TokenFixture();
  await endpoint.signIn();
});

const securityEvents = () =>
  endpoint.backend.logged.filter(({ level }) => level === 'security').map(({ event }) => event);

describe('the authorization code grant', () => {
  it('answers tokens in one hop, without the database (RFC 6749 §5.1)', async () => {
    endpoint.client();
    const code = await endpoint.code();
    endpoint.backend.usersWoken = 0;
    const { status, headers, json } = await endpoint.redeem(code);
    expect([status, headers.get('cache-control'), headers.get('pragma')]).toEqual([
      200,
      'no-store',
      'no-cache',
    ]);
    expect(json).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 900,
      scope: 'openid profile read',
      refresh_token: expect.stringMatching(/^spr_/),
      id_token: expect.any(String),
    });
    expect([endpoint.backend.usersWoken, endpoint.backend.accountsOpened]).toEqual([1, 0]);
  });

  it('says in an access token that its client is first-party, for the hub', async () => {
    endpoint.client();
    const { json } = await endpoint.redeem(await endpoint.code());
    expect(claimsOf(json.access_token)).not.toHaveProperty('first_party');
    endpoint.client({ skipConsent: true });
    const ours = await endpoint.redeem(await endpoint.code());
    expect(claimsOf(ours.json.access_token)).toMatchObject({ first_party: true });
  });

  it('signs an access token of RFC 9068, whose session is its own', async () => {
    endpoint.client({ accessTokenSigningAlg: 'EdDSA' });
    const { json } = await endpoint.redeem(await endpoint.code());
    const iat = endpoint.backend.now / 1_000;
    expect(claimsOf(json.access_token)).toEqual({
      iss: 'https://id.example.test',
      sub: endpoint.accountId,
      aud: 'https://id.example.test',
      exp: iat + 900,
      iat,
      nbf: iat,
      jti: expect.any(String),
      client_id: 'client-1',
      scope: 'openid profile read',
      sid: expect.stringMatching(/^ses_/),
      auth_time: iat - 60,
      acr: 'urn:sallyport:acr:pwd',
      amr: ['pwd'],
    });
    expect(claimsOf(json.access_token)['sid']).not.toBe(endpoint.browserSessionId);
    expect(endpoint.signed[0]).toMatchObject({ typ: 'at+jwt', alg: 'EdDSA' });
  });

  it.each([
    ['ES256', 'SHA-256'],
    ['EdDSA', 'SHA-512'],
  ] as const)('signs an ID token with %s (OpenID Connect Core §3.1.3.6)', async (alg, hash) => {
    endpoint.client({ idTokenSignedResponseAlg: alg });
    const { json } = await endpoint.redeem(await endpoint.code());
    const digest = await crypto.subtle.digest(hash, utf8(json.access_token));
    const iat = endpoint.backend.now / 1_000;
    expect(claimsOf(json.id_token)).toEqual({
      iss: 'https://id.example.test',
      sub: endpoint.accountId,
      aud: 'client-1',
      exp: iat + 3_600,
      iat,
      auth_time: iat - 60,
      acr: 'urn:sallyport:acr:pwd',
      amr: ['pwd'],
      nonce: 'n',
      sid: endpoint.browserSessionId,
      at_hash: toBase64Url(new Uint8Array(digest, 0, digest.byteLength / 2)),
    });
    expect(endpoint.signed[1]).toMatchObject({ typ: 'JWT', alg });
  });

  it('gives the pairwise subject in every token', async () => {
    endpoint.client();
    const { json } = await endpoint.redeem(await endpoint.code({ oauth: { subject: 'pws_x' } }));
    expect([claimsOf(json.access_token)['sub'], claimsOf(json.id_token)['sub']]).toEqual([
      'pws_x',
      'pws_x',
    ]);
  });

  it('reads the account only where a claim about it was requested (OpenID Connect Core §5.5)', async () => {
    endpoint.client();
    const { json: ada } = await endpoint.register({ username: 'ada' });
    await endpoint.signIn(ada.accountId);
    endpoint.backend.accountsOpened = 0;
    const claims = { id_token: { email: null, acr: null }, userinfo: { name: null } };
    const code = await endpoint.code({ oauth: { claims } });
    const { json } = await endpoint.redeem(code);
    expect(claimsOf(json.id_token)).toMatchObject({ email: 'Ada@Example.test' });
    for (const claim of ['name', 'preferred_username', 'updated_at']) {
      expect(claimsOf(json.id_token)).not.toHaveProperty(claim);
    }
    expect(endpoint.backend.accountsOpened).toBe(1);
  });

  it.each(['roles', 'groups'])(
    'tells the roles in the ID token with the scope %s, and asks no database for it',
    async (scope) => {
      endpoint.client();
      endpoint.backend.accountsOpened = 0;
      const { json } = await endpoint.redeem(await endpoint.code({ scopes: ['openid', scope] }));
      const roles = ['user', 'admin'];
      expect(claimsOf(json.id_token)).toMatchObject({ roles, groups: roles });
      // To act with them takes more than to see them.
      const carried = claimsOf(json.access_token)['roles'];
      expect(carried).toEqual(scope === 'roles' ? roles : undefined);
      expect(endpoint.backend.accountsOpened).toBe(0);
    },
  );

  it('encrypts the ID token where the client asks for it', async () => {
    const { publicKey, privateKey } = await generateKeyPair('RSA-OAEP-256');
    const jwk = { ...(await exportJWK(publicKey)), kid: 'enc', use: 'enc' };
    const idTokenEncryption = { alg: 'RSA-OAEP-256', enc: 'A256GCM' };
    endpoint.client({ idTokenEncryption, jwks: [jwk] });
    const { json } = await endpoint.redeem(await endpoint.code());
    const { plaintext } = await compactDecrypt(json.id_token, privateKey);
    expect(claimsOf(new TextDecoder().decode(plaintext))).toMatchObject({ nonce: 'n' });
  });

  it('ignores a scope parameter, which some clients repeat (RFC 6749 §4.1.3)', async () => {
    endpoint.client();
    const { json } = await endpoint.redeem(await endpoint.code(), { scope: 'openid admin' });
    expect(json.scope).toBe('openid profile read');
  });

  it('gives no ID token without openid, no refresh token without its grant', async () => {
    endpoint.client({ grantTypes: ['authorization_code'] });
    const { json } = await endpoint.redeem(await endpoint.code({ scopes: ['read'] }));
    expect(Object.keys(json).toSorted()).toEqual(
      ['access_token', 'expires_in', 'scope', 'token_type'].toSorted(),
    );
  });

  it('answers the authorization details that were granted (RFC 9396 §7)', async () => {
    endpoint.client();
    const authorizationDetails = [{ type: 'payment', amount: '1' }];
    const code = await endpoint.code({ oauth: { authorizationDetails } });
    const { json } = await endpoint.redeem(code);
    expect(json.authorization_details).toEqual(authorizationDetails);
    expect(claimsOf(json.access_token)['authorization_details']).toEqual(authorizationDetails);
  });
});

describe('a code', () => {
  it('works once: its second use ends the session that the first one opened (RFC 6749 §4.1.2)', async () => {
    endpoint.client();
    const code = await endpoint.code();
    const { json } = await endpoint.redeem(code);
    const again = await endpoint.redeem(code);
    expect([again.status, again.json.error]).toEqual([400, 'invalid_grant']);
    expect(securityEvents()).toEqual(['code.reused']);
    expect((await endpoint.refresh(json.refresh_token)).json.error).toBe('invalid_grant');
  });

  it('is refused without its verifier, and that is logged as an attack (RFC 9700 §2.1.1)', async () => {
    endpoint.client();
    const code = await endpoint.code();
    const { json } = await endpoint.redeem(code, { code_verifier: `${VERIFIER}x` });
    expect(json.error).toBe('invalid_grant');
    expect(securityEvents()).toEqual(['code.verifier_mismatch']);
    expect((await endpoint.redeem(code)).status).toBe(200);
  });

  it.each([
    ['', 'missing'],
    ['x'.repeat(42), 'too short'],
    ['x'.repeat(129), 'too long'],
    [`${'x'.repeat(43)}+`, 'of other characters'],
    [`${'x'.repeat(43)}\n`, 'followed by a line feed'],
  ])('is not looked up with a verifier %j that is %s (RFC 7636 §4.1)', async (verifier) => {
    endpoint.client();
    const code = await endpoint.code();
    endpoint.backend.usersWoken = 0;
    const { json } = await endpoint.redeem(code, { code_verifier: verifier });
    expect([json.error, endpoint.backend.usersWoken]).toEqual(['invalid_request', 0]);
  });

  it('without a challenge is redeemed without a verifier, and not with one (RFC 9700 §2.1.1)', async () => {
    await endpoint.confidential();
    const code = await endpoint.code({ codeChallenge: '' });
    const secret = { client_secret: 'secret' };
    const withVerifier = await endpoint.redeem(code, secret);
    expect(withVerifier.json.error).toBe('invalid_grant');
    expect(securityEvents()).toEqual(['code.verifier_mismatch']);
    expect((await endpoint.redeem(code, { ...secret, code_verifier: '' })).status).toBe(200);
  });

  it('with a challenge is not redeemed by a confidential client without a verifier', async () => {
    await endpoint.confidential();
    const code = await endpoint.code();
    const { json } = await endpoint.redeem(code, { client_secret: 'secret', code_verifier: '' });
    expect(json.error).toBe('invalid_grant');
    expect((await endpoint.redeem(code, { client_secret: 'secret' })).status).toBe(200);
  });

  it('of a public client is never redeemed without a verifier', async () => {
    endpoint.client();
    const code = await endpoint.code({ codeChallenge: '' });
    endpoint.backend.usersWoken = 0;
    const { json } = await endpoint.redeem(code, { code_verifier: '' });
    expect([json.error, endpoint.backend.usersWoken]).toEqual(['invalid_request', 0]);
  });

  it('that this system did not seal wakes no object', async () => {
    endpoint.client();
    const code = await endpoint.code();
    endpoint.backend.usersWoken = 0;
    for (const forged of ['x', `${code}A`, code.slice(0, -2), `sac_${'A'.repeat(100)}`]) {
      expect((await endpoint.redeem(forged)).json.error).toBe('invalid_grant');
    }
    expect(endpoint.backend.usersWoken).toBe(0);
  });

  it('works for its client only (RFC 6749 §4.1.3)', async () => {
    endpoint.client();
    endpoint.client({ clientId: ClientId.restore('client-2') });
    const code = await endpoint.code();
    const stolen = await endpoint.redeem(code, { client_id: 'client-2' });
    expect(stolen.json.error).toBe('invalid_grant');
    expect(securityEvents()).toEqual(['code.client_mismatch']);
    expect((await endpoint.redeem(code)).status).toBe(200);
  });

  it('is refused with another redirect URI where the request names one (OAuth 2.1 §10.2)', async () => {
    endpoint.client();
    const code = await endpoint.code();
    const wrong = await endpoint.redeem(code, { redirect_uri: 'https://app.example.test/other' });
    expect(wrong.json.error).toBe('invalid_grant');
    expect((await endpoint.redeem(code, { redirect_uri: '' })).status).toBe(200);
  });

  it('expires, and ends with the browser’s session', async () => {
    endpoint.client();
    const code = await endpoint.code();
    const late = await endpoint.code({ expiresAt: endpoint.backend.now });
    expect((await endpoint.redeem(late)).json.error).toBe('invalid_grant');
    await endpoint.backend.user.endSession(endpoint.browserSessionId, 'logout');
    expect((await endpoint.redeem(code)).json.error).toBe('invalid_grant');
    expect(securityEvents()).toEqual([]);
  });

  it('that is refused gets the same answer for every reason, and is never logged', async () => {
    endpoint.client();
    const code = await endpoint.code();
    const answers = [
      await endpoint.redeem('sac_x'),
      await endpoint.redeem(code, { code_verifier: 'y'.repeat(43) }),
      await endpoint.redeem(code, { redirect_uri: 'https://evil.example' }),
    ].map(({ status, json }) => [status, json]);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(JSON.stringify(endpoint.backend.logged)).not.toContain(code);
  });

  it('is answered 503, never invalid_grant, while its user’s object does not answer', async () => {
    endpoint.client();
    const code = await endpoint.code();
    for (const part of ['users', 'keys'] as const) {
      endpoint.backend.down.add(part);
      const { status, json, headers } = await endpoint.redeem(code);
      expect([status, json.error]).toEqual([503, 'temporarily_unavailable']);
      expect(headers.get('retry-after')).not.toBeNull();
      endpoint.backend.down.clear();
    }
  });
});

describe('the claims of scopes in the ID token (OpenID Connect Core §5.4)', () => {
  const OURS = 'https://id.example.test';
  const OTHER = 'https://api.other.example';
  const PROFILE = { name: 'ada', preferred_username: 'ada', email: 'Ada@Example.test' };
  const scopes = ['openid', 'profile', 'email', 'groups'];

  async function idToken(more: Parameters<typeof endpoint.client>[0], resources: string[] = []) {
    endpoint.client(more);
    const { json: ada } = await endpoint.register({ username: 'ada' });
    await endpoint.signIn(ada.accountId);
    const { json } = await endpoint.redeem(await endpoint.code({ scopes, oauth: { resources } }));
    return { claims: claimsOf(json.id_token), json };
  }

  it.each([
    ['absent', {}, [], false],
    ['absent, for us and another', {}, [OURS, OTHER], false],
    ['absent, for another only', {}, [OTHER], true],
    ['true', { idTokenClaims: true }, [], true],
    ['false, for another only', { idTokenClaims: false }, [OTHER], false],
  ] as const)('are there or not: id_token_claims %s: %j', async (_, more, resources, isThere) => {
    const { claims } = await idToken(more, [...resources]);
    if (isThere) expect(claims).toMatchObject(PROFILE);
    else for (const name of Object.keys(PROFILE)) expect(claims).not.toHaveProperty(name);
  });

  it('leave out roles, too, where the client wants none', async () => {
    const { claims } = await idToken({ idTokenClaims: false });
    expect(claims).not.toHaveProperty('roles');
    expect(claims).not.toHaveProperty('groups');
  });

  it('are there again after a refresh for another resource, and only then', async () => {
    const { json, claims } = await idToken({}, [OURS, OTHER]);
    expect(claims).not.toHaveProperty('email');
    const other = await endpoint.refresh(json.refresh_token, { resource: OTHER });
    expect(claimsOf(other.json.id_token)).toMatchObject({ ...PROFILE, groups: expect.any(Array) });
    const ours = await endpoint.refresh(other.json.refresh_token, { resource: OURS });
    expect(claimsOf(ours.json.id_token)).not.toHaveProperty('email');
    expect(claimsOf(ours.json.access_token)['aud']).toBe(OURS);
  });
});

describe('a resource at the code exchange (RFC 8707 §2.2)', () => {
  const [a, b] = ['https://a.example', 'https://b.example'];
  const codeFor = (resources: readonly string[]) => endpoint.code({ oauth: { resources } });
  const audienceOf = (json: { access_token: string }) => claimsOf(json.access_token)['aud'];

  it('narrows the audience: one is a string, several are a list, and neither gets roles', async () => {
    endpoint.client();
    const both = await endpoint.redeem(await codeFor([a, b]));
    expect(audienceOf(both.json)).toEqual([a, b]);
    expect(claimsOf(both.json.access_token)).not.toHaveProperty('roles');
    const one = await endpoint.redeem(await codeFor([a, b]), { resource: b });
    expect(audienceOf(one.json)).toBe(b);
    const again = await endpoint.refresh(one.json.refresh_token, { resource: [b, a] });
    expect(audienceOf(again.json)).toEqual([b, a]);
    const all = await endpoint.refresh(again.json.refresh_token);
    expect(audienceOf(all.json)).toEqual([a, b]);
  });

  it('is refused if it was not authorized, and the session that was opened is ended', async () => {
    endpoint.client();
    const { json } = await endpoint.redeem(await codeFor([a]), { resource: b });
    expect(json.error).toBe('invalid_target');
    expect(endpoint.backend.user.ended).toEqual([[expect.stringMatching(/^ses_/), 'revoked']]);
  });

  it('is refused beside one that was authorized, at the code and at the refresh', async () => {
    endpoint.client();
    const both = await endpoint.redeem(await codeFor([a]), { resource: [a, b] });
    expect(both.json.error).toBe('invalid_target');
    const granted = (await endpoint.redeem(await codeFor([a]))).json;
    const refreshed = await endpoint.refresh(granted.refresh_token, { resource: [a, b] });
    expect(refreshed.json.error).toBe('invalid_target');
  });

  it('may be our own audience if the grant names none', async () => {
    endpoint.client();
    const ours = 'https://id.example.test';
    expect((await endpoint.redeem(await codeFor([]), { resource: ours })).status).toBe(200);
    expect((await endpoint.redeem(await codeFor([]), { resource: a })).json.error).toBe(
      'invalid_target',
    );
  });
});

describe('a code of a DPoP key (RFC 9449 §10)', () => {
  it('is redeemed only with that key', async () => {
    endpoint.client();
    const [mine, thief] = [await aProver(), await aProver()];
    const code = await endpoint.code({ dpopJkt: mine.jkt });
    const stolen = await endpoint.redeem(code, {}, await endpoint.proof(thief));
    const bare = await endpoint.redeem(code);
    expect([stolen.json.error, bare.json.error]).toEqual(['invalid_grant', 'invalid_grant']);
    const { json } = await endpoint.redeem(code, {}, await endpoint.proof(mine));
    expect(json.token_type).toBe('DPoP');
    expect(claimsOf(json.access_token)['cnf']).toEqual({ jkt: mine.jkt });
  });
});
