import { beforeEach, describe, expect, it } from 'vitest';

import { encodePrincipal, PRINCIPAL_HEADER } from '../../../../shared/contracts/edge/principal.ts';
import { AccountId, ClientId } from '../../../../shared/ids.ts';
import { isSecretOf } from '../../../../workers/identity/oauth/clients/client-secrets.ts';
import { IdentityUnderTest, SESSION } from '../../../support/identity-under-test.ts';

const METADATA = { client_name: 'App', redirect_uris: ['https://rp.example/cb'] };
const CLIENTS = '/api/v1/oauth/clients';
const RESOURCES = '/api/v1/oauth/resources';
const ISSUERS = '/api/v1/oauth/assertion-issuers';
const TOKENS = '/api/v1/oauth/initial-access-tokens';

let identity: IdentityUnderTest;
let admin: AccountId;

beforeEach(async () => {
  identity = new IdentityUnderTest();
  admin = AccountId.restore((await identity.register()).json.accountId);
  give(['user', 'admin']);
});

function give(roles: readonly string[], status: 'active' | 'disabled' = 'active'): void {
  const { stored } = identity.world.accounts;
  const found = stored.get(admin);
  if (found !== undefined) {
    stored.set(admin, { ...found, account: { ...found.account, roles, status } });
  }
}

const as = (changes: object = {}) => ({
  [PRINCIPAL_HEADER]: encodePrincipal({
    subject: admin,
    sessionId: SESSION,
    clientId: 'sallyport',
    scopes: [],
    roles: ['user', 'admin'],
    tokenId: 'a-token-id',
    expiresAt: identity.world.now / 1_000 + 100,
    ...changes,
  }),
});

const call = (method: string, path: string, body?: unknown) =>
  identity.call(path, { method, body, headers: as() });
const create = async (changes: object = {}) =>
  (await call('POST', CLIENTS, { metadata: METADATA, ...changes })).json;

describe('who may administer', () => {
  it.each([
    ['GET', CLIENTS],
    ['POST', CLIENTS],
    ['GET', `${CLIENTS}/x`],
    ['PATCH', `${CLIENTS}/x`],
    ['DELETE', `${CLIENTS}/x`],
    ['POST', `${CLIENTS}/x/secret`],
    ['GET', RESOURCES],
    ['POST', RESOURCES],
    ['PUT', RESOURCES],
    ['DELETE', `${RESOURCES}?resource=x`],
    ['GET', ISSUERS],
    ['POST', ISSUERS],
    ['PUT', ISSUERS],
    ['DELETE', `${ISSUERS}?issuer=x`],
    ['GET', TOKENS],
    ['POST', TOKENS],
    ['DELETE', `${TOKENS}/${crypto.randomUUID()}`],
  ])('%s %s: an administrator, in a session of our own', async (method, path) => {
    const answer = async (headers: Record<string, string>) => {
      const body = ['POST', 'PUT', 'PATCH'].includes(method) ? {} : undefined;
      const { status, json } = await identity.call(path, { method, body, headers });
      return [status, json?.code];
    };
    expect(await answer({})).toEqual([401, 'AUTH_TOKEN_MISSING']);
    expect(await answer(as({ roles: ['user'] }))).toEqual([403, 'AUTHZ_DENIED']);
    const agreed = as({ clientId: 'an-app', scopes: ['account', 'roles'] });
    expect(await answer(agreed)).toEqual([403, 'AUTHZ_DENIED']);
    identity.world.user.status = 'ended';
    expect(await answer(as())).toEqual([401, 'SESSION_TERMINATED']);
    identity.world.user.status = 'live';
    give(['user']);
    expect(await answer(as())).toEqual([403, 'AUTHZ_DENIED']);
    give(['admin'], 'disabled');
    expect(await answer(as())).toEqual([403, 'AUTHZ_DENIED']);
  });
});

describe('clients', () => {
  it('are created with what only an administrator can give', async () => {
    const { status, json } = await call('POST', CLIENTS, {
      clientId: 'my-game',
      metadata: { ...METADATA, access_token_signing_alg: 'PS256' },
      skipConsent: true,
      resources: ['https://api.example/'],
    });
    expect(status).toBe(201);
    expect(json).toEqual({
      clientId: 'my-game',
      source: 'administered',
      metadata: expect.objectContaining({ ...METADATA, grant_types: ['authorization_code'] }),
      profile: 'none',
      skipConsent: true,
      resources: ['https://api.example/'],
      status: 'active',
      secrets: [{ expiresAt: null }],
      clientSecret: expect.stringMatching(/^[\w-]{43}$/),
      createdAt: '2026-11-23T00:00:00.000Z',
      updatedAt: '2026-11-23T00:00:00.000Z',
    });
    expect(await identity.services.clients.find('my-game')).toMatchObject({
      skipConsent: true,
      accessTokenSigningAlg: 'PS256',
      resources: ['https://api.example/'],
    });
    const { clientSecret: _, ...kept } = json;
    expect((await call('GET', `${CLIENTS}/my-game`)).json).toEqual(kept);
  });

  it('have an id of their own', async () => {
    await create({ clientId: 'taken' });
    for (const clientId of ['taken', 'sallyport']) {
      const { status, json } = await call('POST', CLIENTS, { clientId, metadata: METADATA });
      expect([status, json.code]).toEqual([409, 'CONFLICT']);
    }
    for (const clientId of ['https://rp.example/c', 'a b', '']) {
      const { json } = await call('POST', CLIENTS, { clientId, metadata: METADATA });
      expect(json.code).toBe('VALIDATION_ERROR');
    }
  });

  it('are refused by the member that is wrong', async () => {
    const { status, json } = await call('POST', CLIENTS, {
      metadata: { redirect_uris: ['https://rp.example/cb', 'http://rp.example/cb'] },
    });
    expect([status, json.code]).toEqual([400, 'VALIDATION_ERROR']);
    expect(json.errors).toEqual([
      { path: 'metadata.redirect_uris', message: '[1] must use https, except on loopback' },
    ]);
    const sector = { ...METADATA, sector_identifier_uri: 'https://nowhere.example/s' };
    const unknown = await call('POST', CLIENTS, { metadata: sector });
    expect(unknown.json.errors[0].path).toBe('metadata.sector_identifier_uri');
  });

  it('may have a FAPI profile, all of it or none', async () => {
    const metadata = { ...METADATA, jwks_uri: 'https://rp.example/jwks' };
    const made = await create({ metadata, profile: 'fapi2_security' });
    expect(made).toMatchObject({
      profile: 'fapi2_security',
      secrets: [],
      metadata: { token_endpoint_auth_method: 'private_key_jwt', dpop_bound_access_tokens: true },
    });
    const less = { metadata: { ...metadata, require_pushed_authorization_requests: false } };
    const refused = await call('PATCH', `${CLIENTS}/${made.clientId}`, less);
    expect(refused.json.errors[0].path).toBe('metadata.require_pushed_authorization_requests');
    const more = { metadata, profile: 'fapi2_message_signing' };
    const { json } = await call('PATCH', `${CLIENTS}/${made.clientId}`, more);
    expect(json.metadata.require_signed_request_object).toBe(true);
  });

  it('are changed by what a change names, and their metadata as a whole', async () => {
    const made = await create({ skipConsent: true });
    const path = `${CLIENTS}/${made.clientId}`;
    const metadata = { ...METADATA, client_name: 'Renamed', client_uri: 'https://rp.example/' };
    await call('PATCH', path, { metadata });
    expect((await call('PATCH', path, { metadata: METADATA })).json).toMatchObject({
      skipConsent: true,
      metadata: { client_name: 'App' },
    });
    expect((await call('GET', path)).json.metadata).not.toHaveProperty('client_uri');
    const disabled = await call('PATCH', path, { status: 'disabled' });
    expect(disabled.json).toMatchObject({ status: 'disabled', metadata: METADATA });
    expect(disabled.json).not.toHaveProperty('clientSecret');
    expect(await identity.services.clients.find(made.clientId)).toBeUndefined();
  });

  it('that registered themselves cannot undo what an administrator set', async () => {
    const { json: own } = await identity.call('/oauth2/register', {
      body: { ...METADATA, jwks_uri: 'https://rp.example/jwks' },
    });
    const metadata = {
      ...METADATA,
      jwks_uri: 'https://rp.example/jwks',
      access_token_signing_alg: 'PS256',
    };
    await call('PATCH', `${CLIENTS}/${own.client_id}`, { metadata, profile: 'fapi2_security' });
    const replace = (changes: object) =>
      identity.call(new URL(own.registration_client_uri).pathname, {
        method: 'PUT',
        body: { ...METADATA, client_id: own.client_id, ...changes },
        headers: { authorization: `Bearer ${own.registration_access_token}` },
      });
    const weaker = await replace({ token_endpoint_auth_method: 'client_secret_basic' });
    expect([weaker.status, weaker.json.error]).toEqual([400, 'invalid_client_metadata']);
    const { jwks_uri } = metadata;
    expect((await replace({ jwks_uri })).json.dpop_bound_access_tokens).toBe(true);
    const after = (await call('GET', `${CLIENTS}/${own.client_id}`)).json;
    expect(after).toMatchObject({
      profile: 'fapi2_security',
      metadata: { access_token_signing_alg: 'PS256', require_pushed_authorization_requests: true },
    });
  });

  it('get a new secret, beside which the one before ends', async () => {
    const made = await create();
    const path = `${CLIENTS}/${made.clientId}/secret`;
    const works = async (secret: string) =>
      isSecretOf(await identity.services.clients.find(made.clientId), secret, identity.world.now);
    const second = (await call('POST', path)).json;
    expect(second.previousExpiresAt).toBe('2026-11-24T00:00:00.000Z');
    expect(await Promise.all([made.clientSecret, second.clientSecret].map(works))).toEqual([
      true,
      true,
    ]);
    const third = (await call('POST', path, { graceSeconds: 60 })).json;
    const all = [made.clientSecret, second.clientSecret, third.clientSecret];
    expect(await Promise.all(all.map(works))).toEqual([false, true, true]);
    identity.world.now += 60_000;
    expect(await Promise.all(all.map(works))).toEqual([false, false, true]);
  });

  it('that have no secret get none', async () => {
    const metadata = { ...METADATA, token_endpoint_auth_method: 'none' };
    const { clientId } = await create({ metadata });
    expect((await call('POST', `${CLIENTS}/${clientId}/secret`)).json.code).toBe('CONFLICT');
  });

  it('are listed in pages', async () => {
    for (const clientId of ['c', 'a', 'b']) await create({ clientId });
    const { json } = await call('GET', `${CLIENTS}?limit=2`);
    expect(json.clients.map((one: { clientId: string }) => one.clientId)).toEqual(['a', 'b']);
    const rest = (await call('GET', `${CLIENTS}?limit=2&after=${json.next}`)).json;
    expect([rest.clients[0].clientId, rest.next]).toEqual(['c', null]);
    expect((await call('GET', `${CLIENTS}?limit=0`)).status).toBe(400);
  });

  it('are deleted with the consents given to them', async () => {
    const { clientId } = await create();
    const consent = { scopes: [], claims: [], resources: [], authorizationDetails: [] };
    const id = ClientId.restore(clientId);
    await identity.world.consents.grant({ accountId: admin, clientId: id, ...consent }, 0);
    expect((await call('DELETE', `${CLIENTS}/${clientId}`)).status).toBe(204);
    expect(await identity.services.clients.find(clientId)).toBeUndefined();
    expect(await identity.world.consents.list(admin)).toEqual([]);
    for (const method of ['DELETE', 'GET']) {
      expect((await call(method, `${CLIENTS}/${clientId}`)).json.code).toBe('NOT_FOUND');
    }
    expect((await call('PATCH', `${CLIENTS}/${clientId}`, {})).json.code).toBe('NOT_FOUND');
  });
});

describe('resource servers', () => {
  const API = { resource: 'https://api.example/', name: 'API', scopes: ['read'] };

  it('are created, listed, replaced and deleted', async () => {
    const { status, json } = await call('POST', RESOURCES, API);
    expect([status, json]).toMatchObject([
      201,
      { ...API, accessTokenSigningAlg: null, accessTokenSeconds: null },
    ]);
    expect((await call('POST', RESOURCES, API)).json.code).toBe('CONFLICT');
    const replaced = { ...API, scopes: [], accessTokenSeconds: 60, accessTokenSigningAlg: 'EdDSA' };
    expect((await call('PUT', RESOURCES, replaced)).json).toMatchObject(replaced);
    expect((await call('GET', RESOURCES)).json.resources).toMatchObject([replaced]);
    const path = `${RESOURCES}?resource=${encodeURIComponent(API.resource)}`;
    expect((await call('DELETE', path)).status).toBe(204);
    expect((await call('DELETE', path)).json.code).toBe('NOT_FOUND');
    expect((await call('PUT', RESOURCES, replaced)).json.code).toBe('NOT_FOUND');
  });

  it('are known at once to the isolate that changed them', async () => {
    const { knownResources } = identity.services;
    expect(await knownResources.find(API.resource)).toBeUndefined();
    await call('POST', RESOURCES, API);
    expect(await knownResources.find(API.resource)).toMatchObject({ name: 'API' });
    await call('PUT', RESOURCES, { ...API, name: 'Renamed' });
    expect(await knownResources.find(API.resource)).toMatchObject({ name: 'Renamed' });
    await call('DELETE', `${RESOURCES}?resource=${API.resource}`);
    expect(await knownResources.find(API.resource)).toBeUndefined();
  });

  it.each([
    ['a fragment', { resource: 'https://api.example/#x' }, 'resource'],
    ['a relative reference', { resource: '/api' }, 'resource'],
    ['a scope with a space', { scopes: ['a b'] }, 'scopes.0'],
    ['a life of a day', { accessTokenSeconds: 86_400 }, 'accessTokenSeconds'],
    ['another algorithm', { accessTokenSigningAlg: 'HS256' }, 'accessTokenSigningAlg'],
  ])('are refused with %s', async (_, changes, path) => {
    const { json } = await call('POST', RESOURCES, { ...API, ...changes });
    expect(json.errors).toMatchObject([{ path }]);
  });
});

describe('assertion issuers', () => {
  const KEY = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', kid: 'a' };
  const IDP = {
    issuer: 'https://idp.example',
    name: 'IdP',
    jwks: { keys: [KEY] },
    subjectKind: 'email',
    clients: ['worker'],
    scopes: ['read'],
  };

  it('are created, listed, replaced and deleted', async () => {
    const { status, json } = await call('POST', ISSUERS, IDP);
    expect([status, json]).toMatchObject([201, { ...IDP, jwksUri: null, enabled: true }]);
    expect((await call('POST', ISSUERS, IDP)).json.code).toBe('CONFLICT');
    const jwksUri = 'https://idp.example/jwks.json';
    const replaced = { ...IDP, jwks: null, jwksUri, enabled: false, subjectKind: 'identity:idp' };
    expect((await call('PUT', ISSUERS, replaced)).json).toMatchObject(replaced);
    expect((await call('GET', ISSUERS)).json.assertionIssuers).toMatchObject([replaced]);
    const path = `${ISSUERS}?issuer=${encodeURIComponent(IDP.issuer)}`;
    expect((await call('DELETE', path)).status).toBe(204);
    expect((await call('DELETE', path)).json.code).toBe('NOT_FOUND');
    expect((await call('PUT', ISSUERS, replaced)).json.code).toBe('NOT_FOUND');
    expect(identity.world.logged.map(({ event }) => event)).toEqual(
      expect.arrayContaining([
        'assertion_issuer.created',
        'assertion_issuer.changed',
        'assertion_issuer.deleted',
      ]),
    );
  });

  it('are known at once to the isolate that changed them', async () => {
    const { knownAssertionIssuers } = identity.services;
    expect(await knownAssertionIssuers.find(IDP.issuer)).toBeUndefined();
    await call('POST', ISSUERS, IDP);
    expect(await knownAssertionIssuers.find(IDP.issuer)).toMatchObject({ enabled: true });
    await call('PUT', ISSUERS, { ...IDP, enabled: false });
    expect(await knownAssertionIssuers.find(IDP.issuer)).toMatchObject({ enabled: false });
    await call('DELETE', `${ISSUERS}?issuer=${IDP.issuer}`);
    expect(await knownAssertionIssuers.find(IDP.issuer)).toBeUndefined();
  });

  it.each([
    ['our own name', { issuer: 'https://id.example.test' }, 'issuer'],
    ['a name with a space', { issuer: 'the idp' }, 'issuer'],
    ['no keys', { jwks: null }, 'jwks'],
    ['keys in two places', { jwksUri: 'https://idp.example/jwks.json' }, 'jwks'],
    ['an empty set of keys', { jwks: { keys: [] } }, 'jwks'],
    ['a private key', { jwks: { keys: [{ ...KEY, d: 'd' }] } }, 'jwks'],
    ['keys on a private network', { jwks: null, jwksUri: 'https://10.0.0.1/' }, 'jwksUri'],
    ['keys without TLS', { jwks: null, jwksUri: 'http://idp.example/' }, 'jwksUri'],
    ['another kind of subject', { subjectKind: 'username' }, 'subjectKind'],
    ['a provider without a name', { subjectKind: 'identity:' }, 'subjectKind'],
    ['a client id with a space', { clients: ['a b'] }, 'clients.0'],
    ['a scope with a space', { scopes: ['a b'] }, 'scopes.0'],
    ['a scope that needs a refresh token', { scopes: ['offline_access'] }, 'scopes.0'],
  ])('are refused with %s', async (_, changes, path) => {
    const { status, json } = await call('POST', ISSUERS, { ...IDP, ...changes });
    expect([status, json.errors]).toMatchObject([400, [{ path }]]);
  });
});

describe('initial access tokens', () => {
  it('register as many clients as they say, until they are deleted', async () => {
    Object.assign(identity.services.config.oauth, { registration: 'initial_access_token' });
    const { status, json } = await call('POST', TOKENS, { label: 'CI', uses: 2 });
    expect([status, json]).toMatchObject([201, { label: 'CI', usesLeft: 2, expiresAt: null }]);
    const register = () =>
      identity.call('/oauth2/register', {
        body: METADATA,
        headers: { authorization: `Bearer ${json.token}` },
      });
    expect((await register()).status).toBe(201);
    const { token: _, ...kept } = json;
    expect((await call('GET', TOKENS)).json).toEqual({
      initialAccessTokens: [{ ...kept, usesLeft: 1 }],
    });
    expect((await call('DELETE', `${TOKENS}/${json.id}`)).status).toBe(204);
    expect((await call('DELETE', `${TOKENS}/${json.id}`)).json.code).toBe('NOT_FOUND');
    expect((await register()).status).toBe(401);
  });

  it('are for one client, where nothing else was said, and may expire', async () => {
    const { json } = await call('POST', TOKENS, { label: 'CI', expiresInSeconds: 60 });
    expect(json).toMatchObject({ usesLeft: 1, expiresAt: '2026-11-23T00:01:00.000Z' });
  });
});
