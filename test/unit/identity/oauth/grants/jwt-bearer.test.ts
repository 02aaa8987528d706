import { beforeEach, describe, expect, it } from 'vitest';

import { SessionId } from '../../../../../shared/ids.ts';
import { accountOfSubject } from '../../../../../workers/identity/sessions/pairwise-subject.ts';
import { AssertionFixture, AUDIENCE } from '../../../../support/assertion-fixture.ts';
import { claimsOf } from '../../../../support/authorization-server-fixture.ts';
import { aProver } from '../../../../support/dpop-forge.ts';
import { aSigner, jwkSet } from '../../../../support/jws-forge.ts';
import { TOKEN_URL } from '../../../../support/token-fixture.ts';

const API = 'https://api.example.test/';

let backend: AssertionFixture;
beforeEach(async () => {
  backend = await AssertionFixture.begin();
});

describe('an issuer’s assertion about a user (RFC 7523 §2.1)', () => {
  it('gives a token in the user’s name, and no refresh token', async () => {
    const { status, json } = await backend.present(await backend.assertion());
    expect([status, json]).toEqual([
      200,
      {
        access_token: expect.any(String),
        token_type: 'Bearer',
        expires_in: 900,
        scope: 'openid read',
      },
    ]);
    expect(claimsOf(json.access_token)).toEqual({
      iss: AUDIENCE,
      sub: backend.accountId,
      aud: AUDIENCE,
      exp: backend.now + 900,
      iat: backend.now,
      nbf: backend.now,
      jti: expect.any(String),
      client_id: 'worker',
      scope: 'openid read',
      sid: expect.stringMatching(/^ses_/),
      auth_time: backend.now,
      acr: 'urn:sallyport:acr:fed',
      amr: ['fed'],
    });
  });

  it('is revoked with its session for as long as it lives, however old the session is', async () => {
    await backend.present(await backend.assertion());
    backend.backend.now += 3_600_000;
    const { access_token } = (await backend.present(await backend.assertion())).json;
    const { sid, exp } = claimsOf(access_token);
    const until = await backend.revokedUntil(backend.accountId, SessionId.restore(sid));
    expect(until).toBeGreaterThan(Number(exp));
  });

  it('opens a session that the user sees and can end, and another one after that', async () => {
    const { sid } = claimsOf((await backend.present(await backend.assertion())).json.access_token);
    const listed = await backend.user(backend.accountId).listSessions();
    expect(listed).toMatchObject([
      { sessionId: sid, clientId: 'worker', scopes: ['openid', 'read'] },
    ]);
    backend.backend.now += 3_600_000;
    expect(
      claimsOf((await backend.present(await backend.assertion())).json.access_token)['sid'],
    ).toBe(sid);
    const token = (await backend.present(await backend.assertion())).json.access_token;
    const active = async () =>
      (await (await backend.post('/oauth2/introspect', { token }, { as: 'worker' })).json()).active;
    expect(await active()).toBe(true);
    await backend.user(backend.accountId).endSession(SessionId.restore(sid), 'remote');
    expect(await active()).toBe(false);
    expect(
      claimsOf((await backend.present(await backend.assertion())).json.access_token)['sid'],
    ).not.toBe(sid);
  });

  it('opens one session however often the client asks, so that no other is pushed out', async () => {
    const browser = await backend.signIn(backend.accountId);
    const { sessionId } = await backend.grant(backend.accountId, 'app');
    for (let n = 0; n < 150; n += 1)
      expect((await backend.present(await backend.assertion())).status).toBe(200);
    const live = (await backend.user(backend.accountId).listSessions()).map((one) => one.sessionId);
    expect(live).toHaveLength(3);
    expect(live).toEqual(expect.arrayContaining([browser, sessionId]));
  });

  it('sets auth_time to the time of the sign-in at the issuer, but not later than now', async () => {
    const authTimes = async (claims: object) =>
      claimsOf((await backend.present(await backend.assertion(claims))).json.access_token)[
        'auth_time'
      ];
    expect(await authTimes({ auth_time: backend.now - 1_000 })).toBe(backend.now - 1_000);
    expect(await authTimes({ iat: backend.now - 5 })).toBe(backend.now - 5);
    expect(await authTimes({ iat: undefined })).toBe(backend.now);
    expect(await authTimes({ auth_time: backend.now + 1_000 })).toBe(backend.now);
    expect(await authTimes({ auth_time: -1 })).toBe(0);
  });

  it('gives the client the subject by which it knows the user (Core §8)', async () => {
    await backend.worker({ subjectType: 'pairwise' });
    const { sub } = claimsOf((await backend.present(await backend.assertion())).json.access_token);
    expect(sub).toMatch(/^pws_/);
    expect(await accountOfSubject(await backend.services.pairwiseKey(), sub)).toBe(
      backend.accountId,
    );
  });

  it('binds the token to the key of the request (RFC 9449 §5)', async () => {
    const prover = await aProver();
    const { json } = await backend.present(
      await backend.assertion(),
      {},
      await backend.proof(prover),
    );
    expect(json.token_type).toBe('DPoP');
    expect(claimsOf(json.access_token)['cnf']).toEqual({ jkt: prover.jkt });
  });

  it.each([
    ['the issuer', AUDIENCE],
    ['the token endpoint', TOKEN_URL],
    ['both, in a list', [AUDIENCE, TOKEN_URL]],
  ])('may name %s as its audience (§3, 3)', async (_, aud) => {
    expect((await backend.present(await backend.assertion({ aud }))).status).toBe(200);
  });

  it.each(['JWT', 'jwt', 'authorization-grant+jwt', undefined])(
    'may have the type %s',
    async (typ) => {
      expect((await backend.present(await backend.assertion({}, { typ }))).status).toBe(200);
    },
  );

  it('may be for a resource, with a scope of it', async () => {
    await backend.resource(API, ['read', 'write']);
    const { json } = await backend.present(await backend.assertion(), {
      resource: API,
      scope: 'read',
    });
    expect(claimsOf(json.access_token)).toMatchObject({ aud: API, scope: 'read' });
    const unknown = { resource: 'https://unknown.example/' };
    expect(await backend.refused(await backend.assertion(), unknown)).toBe('400 invalid_target');
  });

  it.each(['write', 'openid write', 'profile', 'read\topenid'])(
    'gives no scope that client and issuer do not share: %j (RFC 7521 §4.1)',
    async (scope) => {
      expect(await backend.refused(await backend.assertion(), { scope })).toBe('400 invalid_scope');
    },
  );

  it('gives no scope to a client that has none of the issuer’s', async () => {
    await backend.worker({ scopes: ['write'] });
    expect((await backend.present(await backend.assertion())).json).not.toHaveProperty('scope');
  });

  it('can be used again after a request for too much was refused', async () => {
    const assertion = await backend.assertion();
    expect(await backend.refused(assertion, { scope: 'write' })).toBe('400 invalid_scope');
    expect((await backend.present(assertion)).status).toBe(200);
  });
});

describe('the subject of an assertion', () => {
  it('names the account with that e-mail, if it is verified', async () => {
    await backend.issuer({ subjectKind: 'email' });
    const { stored } = backend.backend.accounts;
    const sub = 'ADA@example.test';
    expect(await backend.refused(await backend.assertion({ sub }))).toBe('400 invalid_grant');
    const found = stored.get(backend.accountId);
    if (found === undefined) throw new Error('it was created');
    stored.set(backend.accountId, { ...found, account: { ...found.account, emailVerified: true } });
    const { json } = await backend.present(await backend.assertion({ sub }));
    expect(claimsOf(json.access_token)['sub']).toBe(backend.accountId);
    for (const other of [
      backend.accountId,
      'bob@example.test',
      'ada@example.test.evil.example',
      'ada',
    ]) {
      expect(await backend.refused(await backend.assertion({ sub: other }))).toBe(
        '400 invalid_grant',
      );
    }
  });

  it('names the account that the provider’s user is linked to', async () => {
    await backend.issuer({ subjectKind: 'identity:google' });
    const identity = {
      provider: 'google',
      subject: '1234',
      accountId: backend.accountId,
      email: null,
      emailVerified: false,
      displayName: null,
      tokensSealed: null,
      linkedAt: 0,
    };
    await backend.backend.identities.link(identity);
    const { json } = await backend.present(await backend.assertion({ sub: '1234' }));
    expect(claimsOf(json.access_token)['sub']).toBe(backend.accountId);
    for (const sub of ['12345', backend.accountId]) {
      expect(await backend.refused(await backend.assertion({ sub }))).toBe('400 invalid_grant');
    }
    await backend.issuer({ subjectKind: 'identity:apple' });
    expect(await backend.refused(await backend.assertion({ sub: '1234' }))).toBe(
      '400 invalid_grant',
    );
  });

  it('does not name a disabled account', async () => {
    const { stored } = backend.backend.accounts;
    const found = stored.get(backend.accountId);
    if (found === undefined) throw new Error('it was created');
    stored.set(backend.accountId, { ...found, account: { ...found.account, status: 'disabled' } });
    expect(await backend.refused(await backend.assertion())).toBe('400 invalid_grant');
  });
});

describe('keys at the issuer’s jwks_uri', () => {
  const KEYS = 'https://idp.example.test/jwks.json';

  it('are fetched, and fetched again for a kid that is new', async () => {
    await backend.issuer({ jwks: null, jwksUri: KEYS });
    backend.backend.web.set(KEYS, () => Response.json(jwkSet(backend.signer)));
    expect((await backend.present(await backend.assertion())).status).toBe(200);
    const next = await aSigner('ES256', 'idp-2');
    backend.backend.web.set(KEYS, () => Response.json(jwkSet(next)));
    backend.backend.now += 60_000;
    expect((await backend.present(await backend.assertion({}, {}, next))).status).toBe(200);
  });

  it('that cannot be fetched leave the assertion unjudged: 503', async () => {
    await backend.issuer({ jwks: null, jwksUri: KEYS });
    expect(await backend.refused(await backend.assertion())).toBe('503 temporarily_unavailable');
  });
});
