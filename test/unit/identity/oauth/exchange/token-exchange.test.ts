import { beforeEach, describe, expect, it } from 'vitest';

import {
  CLIENT_CERTIFICATE_HEADER,
  encodeClientCertificate,
} from '../../../../../shared/contracts/edge/client-certificate.ts';
import { newSessionId } from '../../../../../shared/ids.ts';
import { pairwiseSubject } from '../../../../../workers/identity/sessions/pairwise-subject.ts';
import { claimsOf, type Granted } from '../../../../support/authorization-server-fixture.ts';
import { aCertificate } from '../../../../support/certificates.ts';
import { aProver } from '../../../../support/dpop-forge.ts';
import {
  ACCESS_TOKEN,
  ExchangeFixture,
  ID_TOKEN,
  JWT,
  TOKEN_EXCHANGE,
} from '../../../../support/exchange-fixture.ts';
import { aSigner, forge } from '../../../../support/jws-forge.ts';

const AUDIENCE = 'https://id.example.test';
const API = 'https://api.example.test/';
const LEDGER = 'https://ledger.example.test/';

let backend: ExchangeFixture;
/** What the user granted the app: a token for the API. */
let grant: Granted;

beforeEach(async () => {
  backend = new ExchangeFixture();
  await backend.resource(API);
  await backend.resource(LEDGER);
  await backend.exchanger('app');
  await backend.exchanger('api', { resources: [API, LEDGER] });
  await backend.exchanger('stranger', { resources: [LEDGER] });
  const scopes = ['openid', 'read', 'write'];
  grant = await backend.grant(await backend.account(), 'app', { scopes, resources: [API] });
});

const securityEvents = () =>
  backend.backend.logged.filter(({ level }) => level === 'security').map(({ reason }) => reason);

describe('token exchange (RFC 8693)', () => {
  it('gives a resource server a token of its own, that names it as actor (§2.2.1, §4.1)', async () => {
    const { status, headers, json } = await backend.exchange('api', grant.accessToken, {
      resource: LEDGER,
      scope: 'read',
    });
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(json).toEqual({
      access_token: expect.any(String),
      issued_token_type: ACCESS_TOKEN,
      token_type: 'Bearer',
      expires_in: 900,
      scope: 'read',
    });
    const { jti, ...before } = claimsOf(grant.accessToken);
    expect(claimsOf(json.access_token)).toEqual({
      ...before,
      jti: expect.not.stringMatching(jti),
      aud: LEDGER,
      client_id: 'api',
      scope: 'read',
      act: { sub: 'api' },
    });
  });

  it('gives all that the subject token has where the request names nothing', async () => {
    const { json } = await backend.exchange('app', grant.accessToken);
    expect(json.scope).toBe('openid read write');
    expect(claimsOf(json.access_token)).toMatchObject({ aud: API, sid: grant.sessionId });
  });

  it.each([
    [undefined, ACCESS_TOKEN],
    [ACCESS_TOKEN, ACCESS_TOKEN],
    [JWT, JWT],
  ])('issues an access token for requested_token_type %s (§2.1)', async (type, issued) => {
    const { json } = await backend.exchange('app', grant.accessToken, {
      requested_token_type: type,
      subject_token_type: JWT,
    });
    expect(json.issued_token_type).toBe(issued);
  });

  it('gives a token that expires no later than the subject token', async () => {
    backend.backend.now += 600_500;
    const { json } = await backend.exchange('app', grant.accessToken);
    expect(json.expires_in).toBe(300);
    expect(claimsOf(json.access_token)['exp']).toBe(claimsOf(grant.accessToken)['exp']);
  });

  it('gives a token that ends with the session and is introspected with its actor (RFC 7662 §2.2)', async () => {
    const { json } = await backend.exchange('api', grant.accessToken, { resource: LEDGER });
    const ask = async () => {
      const form = { token: json.access_token };
      return (await backend.post('/oauth2/introspect', form, { as: 'api' })).json();
    };
    expect(await ask()).toMatchObject({ active: true, act: { sub: 'api' }, client_id: 'api' });
    await backend.user(grant.accountId).endSession(grant.sessionId, 'remote');
    expect(await ask()).toEqual({ active: false });
    expect(await backend.refusal('api', json.access_token)).toBe('400 invalid_request');
  });

  it('works for a client’s own token, without a session', async () => {
    const claims = await backend.claims('api', await backend.clientToken('app', [API]));
    expect(claims).toMatchObject({ sub: 'app', client_id: 'api', act: { sub: 'api' } });
    expect(claims).not.toHaveProperty('sid');
  });

  it('keeps a pairwise subject as it is', async () => {
    const key = await backend.services.pairwiseKey();
    const subject = await pairwiseSubject(key, 'app.example.test', grant.accountId);
    const granted = await backend.grant(grant.accountId, 'app', { subject, resources: [API] });
    expect(await backend.claims('api', granted.accessToken)).toMatchObject({ sub: subject });
  });

  it('is logged', async () => {
    await backend.exchange('api', grant.accessToken);
    expect(backend.backend.logged).toContainEqual(
      expect.objectContaining({
        event: 'token.exchanged',
        clientId: 'api',
        subject: grant.accountId,
        actor: { sub: 'api' },
      }),
    );
  });
});

describe('the client that exchanges a token', () => {
  it('must be registered for the grant', async () => {
    await backend.client('other');
    expect(await backend.refusal('other', grant.accessToken)).toBe('400 unauthorized_client');
  });

  it('must not be public, even if it is registered for the grant', async () => {
    await backend.exchanger('spa', { tokenEndpointAuthMethod: 'none', secrets: [] });
    const form = { grant_type: TOKEN_EXCHANGE, client_id: 'spa', subject_token: 'x' };
    const { error } = await (await backend.post('/oauth2/token', form)).json();
    expect(error).toBe('unauthorized_client');
  });

  it('must be the one that the token was issued to, or its audience', async () => {
    expect(await backend.refusal('stranger', grant.accessToken)).toBe('400 invalid_request');
    expect(securityEvents()).toEqual(['not_meant_for_client']);
    const named = await backend.withClaims(grant, { aud: ['stranger', AUDIENCE] });
    expect((await backend.exchange('stranger', named, { audience: 'stranger' })).status).toBe(200);
  });

  it('is refused if it may request every resource but the token is not for it', async () => {
    await backend.exchanger('anybody', { resources: null });
    expect(await backend.refusal('anybody', grant.accessToken)).toBe('400 invalid_request');
  });
});

describe('the request (RFC 8693 §2.1)', () => {
  it.each([
    ['no subject_token', { subject_token: undefined }],
    ['no subject_token_type', { subject_token_type: undefined }],
    ['neither', { subject_token: undefined, subject_token_type: undefined }],
    ['an empty subject_token', { subject_token: '' }],
    ['an actor_token without a type', { actor_token: 'x' }],
    ['an actor_token_type without a token', { actor_token_type: ACCESS_TOKEN }],
    ['a refresh token', { subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' }],
    ['a SAML assertion', { subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' }],
    ['a type that is a member of objects', { subject_token_type: 'constructor' }],
    ['an actor of another type', { actor_token: 'x', actor_token_type: 'x' }],
    ['a refresh token as the answer', { requested_token_type: 'refresh_token' }],
    ['an ID token as the answer', { requested_token_type: ID_TOKEN }],
    ['subject_token twice', { subject_token: ['x', 'y'] }],
    ['actor_token twice', { actor_token: ['x', 'y'], actor_token_type: JWT }],
    ['scope twice', { scope: ['read', 'read'] }],
  ])('is refused with %s', async (_, more) => {
    expect(await backend.refusal('app', grant.accessToken, more)).toBe('400 invalid_request');
  });
});

describe('a subject token that is not valid (RFC 8693 §2.2.2)', () => {
  it.each([
    ['expires', { exp: 1 }],
    ['begins later', { nbf: 4_000_000_000 }],
    ['is of another issuer', { iss: 'https://evil.example' }],
    ['names no client', { client_id: undefined }],
    ['has a session of another shape', { sid: 'x' }],
    ['has a session that nobody opened', { sid: newSessionId() }],
    ['has a session of somebody else’s', { sub: 'somebody' }],
    ['has a session without a sign-in', { auth_time: undefined }],
    ['has an act that is a text', { act: 'x' }],
    ['has an act without a sub', { act: { iss: AUDIENCE } }],
    ['has an act inside that is a list', { act: { sub: 'a', act: ['b'] } }],
    ['has a may_act that is a text', { may_act: 'app' }],
    ['is bound to what nobody here understands', { cnf: { kid: 'x' } }],
  ])('%s', async (_, claims) => {
    const token = await backend.withClaims(grant, claims);
    expect(await backend.refusal('app', token)).toBe('400 invalid_request');
  });

  it.each([
    ['nonsense', 'nonsense'],
    ['nothing signed', 'eyJhbGciOiJub25lIn0.e30.'],
    ['too long', 'a'.repeat(20_000)],
  ])('is %s', async (_, token) => {
    expect(await backend.refusal('app', token)).toBe('400 invalid_request');
  });

  it('is signed by somebody else', async () => {
    const signer = await aSigner('ES256');
    const header = { alg: 'ES256', kid: signer.kid, typ: 'at+jwt' };
    const token = await forge(signer, header, claimsOf(grant.accessToken));
    expect(await backend.refusal('app', token)).toBe('400 invalid_request');
    expect(securityEvents()).toEqual(['signature_invalid']);
  });

  it.each(['JWT', 'logout+jwt', 'token-introspection+jwt', 'oauth-authz-resp+jwt'] as const)(
    'is a JWT of ours of type %s (RFC 8725 §3.11)',
    async (typ) => {
      const claims = claimsOf(grant.accessToken);
      const token = await backend.services.keys.signJwt({ typ, alg: 'ES256', claims });
      expect(await backend.refusal('app', token)).toBe('400 invalid_request');
    },
  );

  it('is a refresh token under another name', async () => {
    expect(await backend.refusal('app', grant.refreshToken)).toBe('400 invalid_request');
  });

  it('was revoked, or its client is gone', async () => {
    const { accessToken } = await backend.grant(grant.accountId, 'app');
    await backend.post('/oauth2/revoke', { token: accessToken }, { as: 'app' });
    expect(await backend.refusal('app', accessToken)).toBe('400 invalid_request');
    backend.clients.delete('app');
    expect(await backend.refusal('api', grant.accessToken)).toBe('400 invalid_request');
  });

  it('gets the same answer, whatever is wrong with it', async () => {
    const bodies = new Set<string>();
    for (const token of ['x', await backend.withClaims(grant, { exp: 1 })]) {
      bodies.add(JSON.stringify((await backend.exchange('app', token)).json));
    }
    expect((await backend.exchange('stranger', grant.accessToken)).json).toEqual(
      JSON.parse([...bodies][0] ?? ''),
    );
    expect(bodies.size).toBe(1);
  });

  it.each(['users', 'keys', 'ttlStore'] as const)(
    'is answered 503, and not refused, while %s is down',
    async (part) => {
      backend.backend.down.add(part);
      expect(await backend.refusal('app', grant.accessToken)).toBe('503 temporarily_unavailable');
    },
  );
});

describe('scope (RFC 8693 §2.1)', () => {
  it.each(['admin', 'read admin', 'read\twrite', 'READ', ' '])(
    'is never more than the subject token’s: %j',
    async (scope) => {
      expect(await backend.refusal('app', grant.accessToken, { scope })).toBe('400 invalid_scope');
    },
  );

  it('is never more than the client’s own', async () => {
    await backend.exchanger('api', { resources: [API], scopes: ['read', 'admin'] });
    expect((await backend.claims('api', grant.accessToken))['scope']).toBe('read');
    for (const scope of ['write', 'admin']) {
      expect(await backend.refusal('api', grant.accessToken, { scope })).toBe('400 invalid_scope');
    }
  });

  it('includes no reserved scope that an administrator did not list for the client', async () => {
    const scopes = ['read', 'account', 'roles'];
    const { accessToken } = await backend.grant(grant.accountId, 'app', { scopes });
    await backend.exchanger('api', { resources: [AUDIENCE] });
    const claims = await backend.claims('api', accessToken);
    expect(claims['scope']).toBe('read');
    expect(claims).not.toHaveProperty('roles');
  });

  it('gives no roles for a token of another audience, even if the client may have roles', async () => {
    const scopes = ['roles'];
    await backend.exchanger('api', { resources: [API, AUDIENCE], scopes });
    const granted = await backend.grant(grant.accountId, 'app', { scopes, resources: [API] });
    const claims = await backend.claims('api', granted.accessToken, { resource: AUDIENCE });
    expect(claims).toMatchObject({ aud: AUDIENCE, roles: [] });
  });

  it('is limited to the scopes that the resource server registered (RFC 8707 §2)', async () => {
    await backend.resource('https://narrow.example/', ['read']);
    await backend.exchanger('api', { resources: [API, 'https://narrow.example/'] });
    const more = { audience: 'https://narrow.example/' };
    const { json } = await backend.exchange('api', grant.accessToken, more);
    expect([json.scope, claimsOf(json.access_token)['scope']]).toEqual(['read', 'read']);
  });
});

describe('resource and audience (RFC 8693 §2.1)', () => {
  it('may be several, each once', async () => {
    const more = { resource: [API, LEDGER], audience: [LEDGER, 'api'] };
    const { aud } = await backend.claims('api', grant.accessToken, more);
    expect(aud).toEqual([API, LEDGER, 'api']);
  });

  it('may be another client that an administrator listed', async () => {
    await backend.client('worker');
    await backend.exchanger('api', { resources: [API, 'worker'] });
    const { aud } = await backend.claims('api', grant.accessToken, { audience: 'worker' });
    expect(aud).toBe('worker');
  });

  it.each([
    ['one that nobody knows', 'https://unknown.example/'],
    ['one that is not listed', 'https://id.example.test'],
    ['another client', 'stranger'],
    ['another spelling', 'https://API.example.test/'],
    ['a fragment', `${API}#x`],
    ['a long one', `https://${'a'.repeat(5_000)}`],
    ['many', Array.from({ length: 30 }, (_, n) => `https://api.example.test/${n}`)],
  ])('is refused for %s', async (_, target) => {
    for (const name of ['resource', 'audience']) {
      expect(await backend.refusal('api', grant.accessToken, { [name]: target })).toBe(
        '400 invalid_target',
      );
    }
  });

  it('is refused for a listed resource that has been deleted', async () => {
    await backend.exchanger('api', { resources: [API, 'https://gone.example/', 'gone'] });
    for (const audience of ['https://gone.example/', 'gone']) {
      expect(await backend.refusal('api', grant.accessToken, { audience })).toBe(
        '400 invalid_target',
      );
    }
  });

  it('are refused for an audience that the user did not agree to', async () => {
    // The app may ask the user for any resource. Here no user is asked.
    expect(await backend.refusal('app', grant.accessToken, { resource: LEDGER })).toBe(
      '400 invalid_target',
    );
  });

  it('lead to a token without authorization details for another audience (RFC 9396 §2.2)', async () => {
    const authorizationDetails = [{ type: 'payment', amount: '1' }];
    const terms = { resources: [API], authorizationDetails };
    const { accessToken } = await backend.grant(grant.accountId, 'app', terms);
    const { json } = await backend.exchange('api', accessToken, { resource: API });
    expect(json.authorization_details).toEqual(authorizationDetails);
    expect(claimsOf(json.access_token)['authorization_details']).toEqual(authorizationDetails);
    const turned = await backend.exchange('api', accessToken, { resource: [API, LEDGER] });
    expect(turned.json).not.toHaveProperty('authorization_details');
    expect(claimsOf(turned.json.access_token)).not.toHaveProperty('authorization_details');
  });
});

describe('a bound subject token (RFC 9449 §7, RFC 8705 §3)', () => {
  it('is exchanged with a proof of its key, and the new token is bound to it, too', async () => {
    const [prover, thief] = [await aProver(), await aProver()];
    const terms = { tokenBoundTo: { jkt: prover.jkt }, resources: [API] };
    const { accessToken } = await backend.grant(grant.accountId, 'app', terms);
    expect(await backend.refusal('app', accessToken)).toBe('400 invalid_request');
    expect(await backend.refusal('app', accessToken, {}, await backend.proof(thief))).toBe(
      '400 invalid_request',
    );
    expect(securityEvents()).toEqual(['sender_unproven', 'sender_unproven']);
    const { json } = await backend.exchange('app', accessToken, {}, await backend.proof(prover));
    expect(json.token_type).toBe('DPoP');
    expect(claimsOf(json.access_token)['cnf']).toEqual({ jkt: prover.jkt });
  });

  it('is bound to the key of the request where it was a bearer token', async () => {
    const prover = await aProver();
    const { json } = await backend.exchange(
      'app',
      grant.accessToken,
      {},
      await backend.proof(prover),
    );
    expect(json.token_type).toBe('DPoP');
    expect(claimsOf(json.access_token)['cnf']).toEqual({ jkt: prover.jkt });
  });

  it('is exchanged with the certificate that it is bound to', async () => {
    const certificate = await aCertificate();
    const bound = { tlsClientCertificateBoundAccessTokens: true };
    await backend.exchanger('app', bound);
    const header = (sha256: string) => ({
      [CLIENT_CERTIFICATE_HEADER]: encodeClientCertificate({ ...certificate, sha256 }),
    });
    const tokenBoundTo = { 'x5t#S256': certificate.sha256 };
    const { accessToken } = await backend.grant(grant.accountId, 'app', { tokenBoundTo });
    const refused = await backend.refusal('app', accessToken, {}, header('b'.repeat(43)));
    expect(refused).toBe('400 invalid_request');
    const claims = await backend.claims('app', accessToken, {}, header(certificate.sha256));
    expect(claims['cnf']).toEqual(tokenBoundTo);
  });
});
