import { beforeEach, describe, expect, it } from 'vitest';

import { SessionId } from '../../../../../shared/ids.ts';
import { accountOfSubject } from '../../../../../workers/identity/sessions/pairwise-subject.ts';
import { AssertionFixture, AUDIENCE } from '../../../../support/assertion-fixture.ts';
import { claimsOf } from '../../../../support/authorization-server-fixture.ts';
import { aProver } from '../../../../support/dpop-forge.ts';
import { aSigner, jwkSet } from '../../../../support/jws-forge.ts';
import { TOKEN_URL } from '../../../../support/token-fixture.ts';

const API = 'https://api.example.test/';

let world: AssertionFixture;
beforeEach(async () => {
  world = await AssertionFixture.begin();
});

describe('an issuer’s assertion about a user (RFC 7523 §2.1)', () => {
  it('gives a token in the user’s name, and no refresh token', async () => {
    const { status, json } = await world.present(await world.assertion());
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
      sub: world.accountId,
      aud: AUDIENCE,
      exp: world.now + 900,
      iat: world.now,
      nbf: world.now,
      jti: expect.any(String),
      client_id: 'worker',
      scope: 'openid read',
      sid: expect.stringMatching(/^ses_/),
      auth_time: world.now,
      acr: 'urn:sallyport:acr:fed',
      amr: ['fed'],
    });
  });

  it('opens a session that the user sees and can end, and another one after that', async () => {
    const { sid } = claimsOf((await world.present(await world.assertion())).json.access_token);
    const listed = await world.user(world.accountId).listSessions();
    expect(listed).toMatchObject([
      { sessionId: sid, clientId: 'worker', scopes: ['openid', 'read'] },
    ]);
    world.world.now += 3_600_000;
    expect(claimsOf((await world.present(await world.assertion())).json.access_token)['sid']).toBe(
      sid,
    );
    const token = (await world.present(await world.assertion())).json.access_token;
    const active = async () =>
      (await (await world.post('/oauth2/introspect', { token }, { as: 'worker' })).json()).active;
    expect(await active()).toBe(true);
    await world.user(world.accountId).endSession(SessionId.restore(sid), 'remote');
    expect(await active()).toBe(false);
    expect(
      claimsOf((await world.present(await world.assertion())).json.access_token)['sid'],
    ).not.toBe(sid);
  });

  it('opens one session however often the client asks, so that no other session is ended for it', async () => {
    const browser = await world.signIn(world.accountId);
    const { sessionId } = await world.grant(world.accountId, 'app');
    for (let n = 0; n < 150; n += 1)
      expect((await world.present(await world.assertion())).status).toBe(200);
    const live = (await world.user(world.accountId).listSessions()).map((one) => one.sessionId);
    expect(live).toHaveLength(3);
    expect(live).toEqual(expect.arrayContaining([browser, sessionId]));
  });

  it('sets auth_time to the time of the sign-in at the issuer, but not later than now', async () => {
    const authTimes = async (claims: object) =>
      claimsOf((await world.present(await world.assertion(claims))).json.access_token)['auth_time'];
    expect(await authTimes({ auth_time: world.now - 1_000 })).toBe(world.now - 1_000);
    expect(await authTimes({ iat: world.now - 5 })).toBe(world.now - 5);
    expect(await authTimes({ iat: undefined })).toBe(world.now);
    expect(await authTimes({ auth_time: world.now + 1_000 })).toBe(world.now);
    expect(await authTimes({ auth_time: -1 })).toBe(0);
  });

  it('gives the client the subject by which it knows the user (Core §8)', async () => {
    await world.worker({ subjectType: 'pairwise' });
    const { sub } = claimsOf((await world.present(await world.assertion())).json.access_token);
    expect(sub).toMatch(/^pws_/);
    expect(await accountOfSubject(await world.services.pairwiseKey(), sub)).toBe(world.accountId);
  });

  it('binds the token to the key of the request (RFC 9449 §5)', async () => {
    const prover = await aProver();
    const { json } = await world.present(await world.assertion(), {}, await world.proof(prover));
    expect(json.token_type).toBe('DPoP');
    expect(claimsOf(json.access_token)['cnf']).toEqual({ jkt: prover.jkt });
  });

  it.each([
    ['the issuer', AUDIENCE],
    ['the token endpoint', TOKEN_URL],
    ['both, in a list', [AUDIENCE, TOKEN_URL]],
  ])('may name %s as its audience (§3, 3)', async (_, aud) => {
    expect((await world.present(await world.assertion({ aud }))).status).toBe(200);
  });

  it.each(['JWT', 'jwt', 'authorization-grant+jwt', undefined])(
    'may have the type %s',
    async (typ) => {
      expect((await world.present(await world.assertion({}, { typ }))).status).toBe(200);
    },
  );

  it('may be for a resource, with a scope of it', async () => {
    await world.resource(API, ['read', 'write']);
    const { json } = await world.present(await world.assertion(), { resource: API, scope: 'read' });
    expect(claimsOf(json.access_token)).toMatchObject({ aud: API, scope: 'read' });
    const unknown = { resource: 'https://unknown.example/' };
    expect(await world.refused(await world.assertion(), unknown)).toBe('400 invalid_target');
  });

  it.each(['write', 'openid write', 'profile', 'read  openid'])(
    'gives no scope that client and issuer do not share: %j (RFC 7521 §4.1)',
    async (scope) => {
      expect(await world.refused(await world.assertion(), { scope })).toBe('400 invalid_scope');
    },
  );

  it('gives no scope to a client that has none of the issuer’s', async () => {
    await world.worker({ scopes: ['write'] });
    expect((await world.present(await world.assertion())).json.scope).toBe('');
  });

  it('can be used again after a request for too much', async () => {
    const assertion = await world.assertion();
    expect(await world.refused(assertion, { scope: 'write' })).toBe('400 invalid_scope');
    expect((await world.present(assertion)).status).toBe(200);
  });
});

describe('the user of an assertion', () => {
  it('is the account with that e-mail, if it is verified', async () => {
    await world.issuer({ subjectKind: 'email' });
    const { stored } = world.world.accounts;
    const sub = 'ADA@example.test';
    expect(await world.refused(await world.assertion({ sub }))).toBe('400 invalid_grant');
    const found = stored.get(world.accountId);
    if (found === undefined) throw new Error('it was created');
    stored.set(world.accountId, { ...found, account: { ...found.account, emailVerified: true } });
    const { json } = await world.present(await world.assertion({ sub }));
    expect(claimsOf(json.access_token)['sub']).toBe(world.accountId);
    for (const other of [
      world.accountId,
      'bob@example.test',
      'ada@example.test.evil.example',
      'ada',
    ]) {
      expect(await world.refused(await world.assertion({ sub: other }))).toBe('400 invalid_grant');
    }
  });

  it('is the account that the provider’s user is linked to', async () => {
    await world.issuer({ subjectKind: 'identity:google' });
    const identity = {
      provider: 'google',
      subject: '1234',
      accountId: world.accountId,
      email: null,
      emailVerified: false,
      displayName: null,
      tokensSealed: null,
      linkedAt: 0,
    };
    await world.world.identities.link(identity);
    const { json } = await world.present(await world.assertion({ sub: '1234' }));
    expect(claimsOf(json.access_token)['sub']).toBe(world.accountId);
    for (const sub of ['12345', world.accountId]) {
      expect(await world.refused(await world.assertion({ sub }))).toBe('400 invalid_grant');
    }
    await world.issuer({ subjectKind: 'identity:apple' });
    expect(await world.refused(await world.assertion({ sub: '1234' }))).toBe('400 invalid_grant');
  });

  it('is refused if the account is disabled', async () => {
    const { stored } = world.world.accounts;
    const found = stored.get(world.accountId);
    if (found === undefined) throw new Error('it was created');
    stored.set(world.accountId, { ...found, account: { ...found.account, status: 'disabled' } });
    expect(await world.refused(await world.assertion())).toBe('400 invalid_grant');
  });
});

describe('keys at the issuer’s jwks_uri', () => {
  const KEYS = 'https://idp.example.test/jwks.json';

  it('are fetched, and fetched again for a kid that is new', async () => {
    await world.issuer({ jwks: null, jwksUri: KEYS });
    world.world.web.set(KEYS, () => Response.json(jwkSet(world.signer)));
    expect((await world.present(await world.assertion())).status).toBe(200);
    const next = await aSigner('ES256', 'idp-2');
    world.world.web.set(KEYS, () => Response.json(jwkSet(next)));
    world.world.now += 60_000;
    expect((await world.present(await world.assertion({}, {}, next))).status).toBe(200);
  });

  it('lead to 503 if they cannot be fetched', async () => {
    await world.issuer({ jwks: null, jwksUri: KEYS });
    expect(await world.refused(await world.assertion())).toBe('503 temporarily_unavailable');
  });
});
