import { beforeEach, describe, expect, it } from 'vitest';

import {
  CLIENT_CERTIFICATE_HEADER,
  encodeClientCertificate,
} from '../../../../../shared/contracts/edge/client-certificate.ts';
import { describeApp } from '../../../../../workers/identity/describe.ts';
import { aCertificate } from '../../../../support/certificates.ts';
import { aProver } from '../../../../support/dpop-forge.ts';
import { claimsOf, TOKEN_URL, TokenFixture } from '../../../../support/token-fixture.ts';

let endpoint: TokenFixture;
beforeEach(() => {
  endpoint = new TokenFixture();
});

const OWN = { grant_type: 'client_credentials', client_secret: 'secret' };
const grantTypes = ['client_credentials'] as const;

describe('the token endpoint (RFC 6749 §3.2)', () => {
  it.each([
    ['no grant_type', {}, 'invalid_request'],
    ['an unknown grant', { grant_type: 'password' }, 'unsupported_grant_type'],
    ['a name of an object', { grant_type: 'constructor' }, 'unsupported_grant_type'],
    ['a grant of others', { grant_type: 'refresh_token' }, 'unauthorized_client'],
    ['no code', { grant_type: 'authorization_code', code_verifier: 'x' }, 'invalid_request'],
  ])('refuses %s', async (_, form, error) => {
    endpoint.client({ grantTypes: ['authorization_code'] });
    const { status, json, headers } = await endpoint.token(form);
    expect([status, json.error]).toEqual([400, error]);
    expect([headers.get('cache-control'), headers.get('pragma')]).toEqual(['no-store', 'no-cache']);
  });

  it('refuses a parameter twice (RFC 6749 §3.2), but for resource (RFC 8707 §2)', async () => {
    await endpoint.confidential({ grantTypes });
    const twice = await endpoint.token({ ...OWN, scope: ['a', 'a'] });
    expect(twice.json.error).toBe('invalid_request');
    const resource = ['https://id.example.test', 'https://id.example.test'];
    expect((await endpoint.token({ ...OWN, resource })).status).toBe(200);
  });

  it.each(['application/json', 'text/plain', ''])('takes no body of type %j', async (type) => {
    const { status, json } = await endpoint.token(OWN, { 'content-type': type });
    expect([status, json.error]).toEqual([400, 'invalid_request']);
  });

  it('takes no parameter from the URL (RFC 6749 §2.3.1)', async () => {
    await endpoint.confidential({ grantTypes });
    const query = new URLSearchParams({ ...OWN, client_id: 'client-1' }).toString();
    const { json } = await endpoint.call(`/oauth2/token?${query}`, {
      method: 'POST',
      body: 'scope=',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(json.error).toBe('invalid_request');
  });

  it('answers an unknown client with the same 401 for every grant', async () => {
    for (const grant of ['authorization_code', 'client_credentials', 'password']) {
      const { status, json } = await endpoint.token({ grant_type: grant, code: 'x' });
      expect([status, json.error]).toEqual([401, 'invalid_client']);
    }
  });

  it('is in the OpenAPI document', () => {
    expect(describeApp(endpoint.app).paths).toHaveProperty(
      '/oauth2/token.post.operationId',
      'token',
    );
  });
});

describe('the client credentials grant (RFC 6749 §4.4)', () => {
  it('answers a token of the client’s own: no user, no session, no refresh token', async () => {
    await endpoint.confidential({ grantTypes, scopes: ['read', 'write', 'openid'] });
    const { status, json } = await endpoint.token(OWN);
    expect([status, json]).toEqual([
      200,
      {
        access_token: expect.any(String),
        token_type: 'Bearer',
        expires_in: 900,
        scope: 'read write',
      },
    ]);
    const iat = endpoint.backend.now / 1_000;
    expect(claimsOf(json.access_token)).toEqual({
      iss: 'https://id.example.test',
      sub: 'client-1',
      aud: 'https://id.example.test',
      exp: iat + 900,
      iat,
      nbf: iat,
      jti: expect.any(String),
      client_id: 'client-1',
      scope: 'read write',
    });
    expect([endpoint.backend.usersWoken, endpoint.backend.accountsOpened]).toEqual([0, 0]);
  });

  it('gives each token a jti of its own', async () => {
    await endpoint.confidential({ grantTypes });
    const ids = new Set<unknown>();
    for (let n = 0; n < 5; n += 1) {
      ids.add(claimsOf((await endpoint.token(OWN)).json.access_token)['jti']);
    }
    expect(ids.size).toBe(5);
  });

  it('gives the requested scopes, but only those of the client', async () => {
    await endpoint.confidential({ grantTypes, scopes: ['read', 'write', 'openid', 'groups'] });
    expect((await endpoint.token({ ...OWN, scope: 'write' })).json.scope).toBe('write');
    for (const scope of [
      'admin',
      'read admin',
      'openid',
      'groups',
      'offline_access',
      ' ',
      'read\twrite',
    ]) {
      expect((await endpoint.token({ ...OWN, scope })).json.error).toBe('invalid_scope');
    }
  });

  it('has no scope member where there are no scopes (RFC 6749 §3.3)', async () => {
    await endpoint.confidential({ grantTypes });
    const { json } = await endpoint.token(OWN);
    expect(json).not.toHaveProperty('scope');
    expect(claimsOf(json.access_token)).not.toHaveProperty('scope');
  });

  it('folds the spaces between and around scopes', async () => {
    await endpoint.confidential({ grantTypes, scopes: ['read', 'write'] });
    const { json } = await endpoint.token({ ...OWN, scope: ' write  read  ' });
    expect(json.scope).toBe('write read');
  });

  it('is not for a public client', async () => {
    endpoint.client({ grantTypes });
    const { json } = await endpoint.token({ grant_type: 'client_credentials' });
    expect(json.error).toBe('unauthorized_client');
  });

  it('is answered 503 while the keys do not answer', async () => {
    await endpoint.confidential({ grantTypes });
    endpoint.backend.down.add('keys');
    const { status, json } = await endpoint.token(OWN);
    expect([status, json.error]).toEqual([503, 'temporarily_unavailable']);
  });
});

describe('a resource (RFC 8707)', () => {
  const api = 'https://api.example';
  const register = (more: object = {}) =>
    endpoint.backend.resources.create(
      {
        resource: api,
        name: 'API',
        scopes: ['read'],
        accessTokenSigningAlg: 'EdDSA',
        accessTokenSeconds: 300,
        ...more,
      },
      0,
    );

  it('determines the audience, algorithm, lifetime and scopes of its tokens', async () => {
    await register();
    await endpoint.confidential({ grantTypes, scopes: ['read', 'write'] });
    const { json } = await endpoint.token({ ...OWN, resource: api });
    expect(json).toMatchObject({ expires_in: 300 });
    expect(claimsOf(json.access_token)).toMatchObject({ aud: api, scope: 'read' });
    expect(endpoint.signed[0]?.alg).toBe('EdDSA');
  });

  it.each(['https://api.example/', 'HTTPS://API.example', 'https://api.example:443/'])(
    'is the same in another spelling, and its tokens carry the registered one: %s (RFC 3986 §6.2)',
    async (resource) => {
      await register();
      await endpoint.confidential({ grantTypes, scopes: ['read'], resources: [api] });
      const { json } = await endpoint.token({ ...OWN, resource: [resource, api] });
      expect(claimsOf(json.access_token)['aud']).toBe(api);
    },
  );

  it.each(['https://id.example.test', 'https://id.example.test/', 'https://ID.example.test:443'])(
    'is our own audience in any spelling, also where any URL is allowed: %s',
    async (resource) => {
      Object.assign(endpoint.services.config.oauth, { resources: 'any' });
      await endpoint.confidential({ grantTypes });
      const { json } = await endpoint.token({ ...OWN, resource });
      expect(claimsOf(json.access_token)['aud']).toBe('https://id.example.test');
    },
  );

  it('is looked up in the database once', async () => {
    await register();
    await endpoint.confidential({ grantTypes });
    await endpoint.token({ ...OWN, resource: api });
    endpoint.backend.down.add('database');
    expect((await endpoint.token({ ...OWN, resource: api })).status).toBe(200);
    const other = await endpoint.token({ ...OWN, resource: 'https://other.example' });
    expect([other.status, other.json.error]).toEqual([503, 'temporarily_unavailable']);
  });

  it.each([
    'https://unknown.example',
    'https://api.example/x',
    'https://api.example//',
    'https://api.example/?',
    'http://api.example',
    'https://api.example#x',
    '/relative',
    'nonsense',
  ])('that is not registered is refused: %s', async (resource) => {
    await register();
    await endpoint.confidential({ grantTypes });
    expect((await endpoint.token({ ...OWN, resource })).json.error).toBe('invalid_target');
    const both = await endpoint.token({ ...OWN, resource: [api, resource] });
    expect(both.json.error).toBe('invalid_target');
  });

  it('is refused where the client may not ask for it', async () => {
    await register();
    await endpoint.confidential({ grantTypes, resources: ['https://mine.example'] });
    expect((await endpoint.token({ ...OWN, resource: api })).json.error).toBe('invalid_target');
    const ours = await endpoint.token({ ...OWN, resource: 'https://id.example.test' });
    expect(ours.status).toBe(200);
  });

  it.each([
    ['https://any.example/path?x=1', 200],
    ['http://localhost:8787/', 200],
    ['http://any.example', 400],
    ['https://any.example#fragment', 400],
    ['https://any.example#', 400],
    ['https://user@any.example', 400],
    ['urn:example:api', 400],
    ['https:any.example', 400],
    ['https://any.ex\tample', 400],
    ['https://any.example\\x', 400],
    [`https://any.example/${'x'.repeat(2_000)}`, 400],
    ['javascript:alert(1)', 400],
  ])('may be any URL if the deployment allows it: %s', async (resource, status) => {
    Object.assign(endpoint.services.config.oauth, { resources: 'any' });
    await endpoint.confidential({ grantTypes });
    expect((await endpoint.token({ ...OWN, resource })).status).toBe(status);
  });
});

describe('a DPoP proof at the token endpoint (RFC 9449 §5)', () => {
  beforeEach(() => endpoint.confidential({ grantTypes }));

  it('binds the token, and every answer carries the next nonce (§8.2)', async () => {
    const prover = await aProver();
    const { status, json, headers } = await endpoint.token(OWN, await endpoint.proof(prover));
    expect([status, json.token_type]).toEqual([200, 'DPoP']);
    expect(claimsOf(json.access_token)['cnf']).toEqual({ jkt: prover.jkt });
    const { current } = await endpoint.services.dpopNonces();
    expect(headers.get('dpop-nonce')).toBe(current);
    const bare = await endpoint.token(OWN);
    expect([bare.json.token_type, bare.headers.get('dpop-nonce')]).toEqual(['Bearer', null]);
  });

  it.each([undefined, 'another'])(
    'is answered with a demand for a nonce if it has %j (§8)',
    async (nonce) => {
      const { status, json, headers } = await endpoint.token(
        OWN,
        await endpoint.proof(await aProver(), { nonce }),
      );
      const { current } = await endpoint.services.dpopNonces();
      expect([status, json.error, headers.get('dpop-nonce')]).toEqual([
        400,
        'use_dpop_nonce',
        current,
      ]);
    },
  );

  it('may have the previous nonce, but no older one', async () => {
    const { current } = await endpoint.services.dpopNonces();
    const proofOf = async () => endpoint.proof(await aProver(), { nonce: current });
    endpoint.backend.now += 300_000;
    expect((await endpoint.token(OWN, await proofOf())).status).toBe(200);
    endpoint.backend.now += 300_000;
    expect((await endpoint.token(OWN, await proofOf())).json.error).toBe('use_dpop_nonce');
  });

  it('may leave out an optional nonce, but not send a wrong one', async () => {
    Object.assign(endpoint.services.config.oauth, { dpopNonce: 'optional' });
    const send = async (nonce: string | undefined) =>
      endpoint.token(OWN, await endpoint.proof(await aProver(), { nonce }));
    expect((await send(undefined)).status).toBe(200);
    expect((await send('another')).json.error).toBe('use_dpop_nonce');
  });

  it('is judged by its nonce, not by the clock of its client (§11.1)', async () => {
    const send = async (claims: object) =>
      endpoint.token(OWN, await endpoint.proof(await aProver(), claims));
    for (const iat of [1, endpoint.backend.now]) {
      expect((await send({ iat, nonce: undefined })).json.error).toBe('use_dpop_nonce');
      expect((await send({ iat })).status).toBe(200);
    }
    Object.assign(endpoint.services.config.oauth, { dpopNonce: 'optional' });
    expect((await send({ iat: 1, nonce: undefined })).json.error).toBe('invalid_dpop_proof');
  });

  it('is good once (§11.1)', async () => {
    const proof = await endpoint.proof(await aProver());
    expect((await endpoint.token(OWN, proof)).status).toBe(200);
    const again = await endpoint.token(OWN, proof);
    expect([again.status, again.json.error]).toEqual([400, 'invalid_dpop_proof']);
    expect(again.headers.get('dpop-nonce')).not.toBeNull();
  });

  it('is not judged while the replay cache is away', async () => {
    endpoint.backend.down.add('ttlStore');
    const { status } = await endpoint.token(OWN, await endpoint.proof(await aProver()));
    expect(status).toBeGreaterThanOrEqual(500);
  });

  it.each([
    ['another method', { htm: 'GET' }],
    ['another URL', { htu: 'https://id.example.test/oauth2/par' }],
    ['the URL of another server', { htu: 'https://evil.example/oauth2/token' }],
    ['no time', { iat: undefined }],
    ['no jti', { jti: undefined }],
  ])('is refused for %s (§4.3)', async (_, claims) => {
    const { json } = await endpoint.token(OWN, await endpoint.proof(await aProver(), claims));
    expect(json.error).toBe('invalid_dpop_proof');
  });

  it('is refused where there are two (§4.3, check 1)', async () => {
    const prover = await aProver();
    const [a, b] = [await endpoint.proof(prover), await endpoint.proof(prover)];
    const { json } = await endpoint.token(OWN, { dpop: `${a.dpop}, ${b.dpop}` });
    expect(json.error).toBe('invalid_dpop_proof');
    expect(TOKEN_URL).toContain('/oauth2/token');
  });
});

describe('tokens that must be bound', () => {
  it('need a proof where the client registered that (RFC 9449 §5.2)', async () => {
    await endpoint.confidential({ grantTypes, dpopBoundAccessTokens: true });
    expect((await endpoint.token(OWN)).json.error).toBe('invalid_dpop_proof');
    const bound = await endpoint.token(OWN, await endpoint.proof(await aProver()));
    expect(bound.status).toBe(200);
  });

  it('are bound to the certificate where the client registered that (RFC 8705 §3)', async () => {
    await endpoint.confidential({ grantTypes, tlsClientCertificateBoundAccessTokens: true });
    expect((await endpoint.token(OWN)).json.error).toBe('invalid_request');
    const certificate = await aCertificate({ verified: false });
    const headers = { [CLIENT_CERTIFICATE_HEADER]: encodeClientCertificate(certificate) };
    const { json } = await endpoint.token(OWN, headers);
    expect(claimsOf(json.access_token)['cnf']).toEqual({ 'x5t#S256': certificate.sha256 });
    expect(json.token_type).toBe('Bearer');
    await endpoint.confidential({ grantTypes });
    const unbound = await endpoint.token(OWN, headers);
    expect(claimsOf(unbound.json.access_token)).not.toHaveProperty('cnf');
  });

  it('are those of a FAPI 2.0 client (FAPI 2.0 SP §5.3.2.1)', async () => {
    await endpoint.confidential({ grantTypes, profile: 'fapi2_security' });
    expect((await endpoint.token(OWN)).json.error).toBe('invalid_request');
    expect((await endpoint.token(OWN, await endpoint.proof(await aProver()))).status).toBe(200);
  });
});
