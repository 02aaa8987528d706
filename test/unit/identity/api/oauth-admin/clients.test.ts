import { beforeEach, describe, expect, it } from 'vitest';

import { ClientId } from '../../../../../shared/ids.ts';
import { isSecretOf } from '../../../../../workers/identity/oauth/clients/client-secrets.ts';
import { AdministratorFixture } from '../../../../support/administrator-fixture.ts';

const METADATA = { client_name: 'App', redirect_uris: ['https://rp.example/cb'] };
const CLIENTS = '/api/v1/oauth/clients';

let fixture: AdministratorFixture;
beforeEach(async () => {
  fixture = await AdministratorFixture.create();
});

const create = async (changes: object = {}) =>
  (await fixture.call('POST', CLIENTS, { metadata: METADATA, ...changes })).json;

describe('clients', () => {
  it('have no name that shows nothing, and can be disabled if they have one from before', async () => {
    const metadata = { ...METADATA, client_name: '\u200B' };
    const { status, json } = await fixture.call('POST', CLIENTS, { metadata });
    expect([status, json.errors[0].path]).toEqual([400, 'metadata.client_name']);

    const { clientId } = await create();
    const { clientStore } = fixture.identity.backend;
    const stored = await clientStore.find(clientId);
    if (stored === undefined) throw new Error('There is no client');
    await clientStore.replace({ ...stored, metadata: { ...stored.metadata, ...metadata } }, 1);
    const change = async (body: object) =>
      (await fixture.call('PATCH', `${CLIENTS}/${clientId}`, body)).status;
    expect(await change({ profile: 'none' })).toBe(400);
    expect(await change({ status: 'disabled' })).toBe(200);
  });

  it('are described by members that there are: a misspelt one is refused', async () => {
    const metadata = { ...METADATA, redirect_uri: 'https://rp.example/cb', 'client_name#de': 'A' };
    const { status, json } = await fixture.call('POST', CLIENTS, { metadata });
    const paths = json.errors.map(({ path }: { path: string }) => path);
    expect([status, paths]).toEqual([400, ['metadata.redirect_uri', 'metadata.client_name#de']]);
  });

  it('are created with settings that only an administrator can give', async () => {
    const { status, json } = await fixture.call('POST', CLIENTS, {
      clientId: 'my-game',
      metadata: { ...METADATA, access_token_signing_alg: 'PS256' },
      skipConsent: true,
      resources: ['https://api.example/'],
      pkceOptional: true,
    });
    expect(status).toBe(201);
    expect(json).toEqual({
      clientId: 'my-game',
      source: 'administered',
      metadata: expect.objectContaining({ ...METADATA, grant_types: ['authorization_code'] }),
      profile: 'none',
      skipConsent: true,
      resources: ['https://api.example/'],
      pkceOptional: true,
      cibaAllowed: false,
      status: 'active',
      secrets: [{ expiresAt: null }],
      clientSecret: expect.stringMatching(/^[\w-]{43}$/),
      createdAt: '2026-11-23T00:00:00.000Z',
      updatedAt: '2026-11-23T00:00:00.000Z',
    });
    expect(await fixture.identity.services.clients.find('my-game')).toMatchObject({
      skipConsent: true,
      accessTokenSigningAlg: 'PS256',
      pkceOptional: true,
      cibaAllowed: false,
      resources: ['https://api.example/'],
    });
    const { clientSecret: _, ...rest } = json;
    expect((await fixture.call('GET', `${CLIENTS}/my-game`)).json).toEqual(rest);
  });

  it('are refused with an id that is taken or not allowed', async () => {
    await create({ clientId: 'taken' });
    for (const clientId of ['taken', 'sallyport']) {
      const { status, json } = await fixture.call('POST', CLIENTS, {
        clientId,
        metadata: METADATA,
      });
      expect([status, json.code]).toEqual([409, 'CONFLICT']);
    }
    for (const clientId of ['https://rp.example/c', 'a b', '']) {
      const { json } = await fixture.call('POST', CLIENTS, { clientId, metadata: METADATA });
      expect(json.code).toBe('VALIDATION_ERROR');
    }
  });

  it('take no audience of a service behind the hub, even in the same moment', async () => {
    const { backend } = fixture.identity;
    const clientId = 'chess-server';
    backend.serviceAudiences.add(clientId);
    expect((await create({ clientId })).code).toBe('CONFLICT');
    expect(await backend.clientStore.find(ClientId.restore(clientId))).toBeUndefined();
    backend.down.add('connect');
    expect((await create({ clientId })).code).toBe('SERVICE_UNAVAILABLE');
    expect(await backend.clientStore.find(ClientId.restore(clientId))).toBeUndefined();
    expect(await create()).toMatchObject({ status: 'active' });
  });

  it('are refused with the name of the member that is wrong', async () => {
    const { status, json } = await fixture.call('POST', CLIENTS, {
      metadata: { redirect_uris: ['https://rp.example/cb', 'http://rp.example/cb'] },
    });
    expect([status, json.code]).toEqual([400, 'VALIDATION_ERROR']);
    expect(json.errors).toEqual([
      { path: 'metadata.redirect_uris', message: '[1] must use https, except on loopback' },
    ]);
    const sector = { ...METADATA, sector_identifier_uri: 'https://nowhere.example/s' };
    const unknown = await fixture.call('POST', CLIENTS, { metadata: sector });
    expect(unknown.json.errors[0].path).toBe('metadata.sector_identifier_uri');
  });

  it('must meet all demands of their FAPI profile', async () => {
    const metadata = { ...METADATA, jwks_uri: 'https://rp.example/jwks' };
    const made = await create({ metadata, profile: 'fapi2_security' });
    expect(made).toMatchObject({
      profile: 'fapi2_security',
      secrets: [],
      metadata: { token_endpoint_auth_method: 'private_key_jwt', dpop_bound_access_tokens: true },
    });
    const less = { metadata: { ...metadata, require_pushed_authorization_requests: false } };
    const refused = await fixture.call('PATCH', `${CLIENTS}/${made.clientId}`, less);
    expect(refused.json.errors[0].path).toBe('metadata.require_pushed_authorization_requests');
    const more = { metadata, profile: 'fapi2_message_signing' };
    const { json } = await fixture.call('PATCH', `${CLIENTS}/${made.clientId}`, more);
    expect(json.metadata.require_signed_request_object).toBe(true);
  });

  it('are changed in what a change names, and their metadata as a whole', async () => {
    const made = await create({ skipConsent: true, pkceOptional: true });
    const path = `${CLIENTS}/${made.clientId}`;
    expect((await fixture.call('PATCH', path, { cibaAllowed: true })).json).toMatchObject({
      pkceOptional: true,
      cibaAllowed: true,
    });
    const metadata = { ...METADATA, client_name: 'Renamed', client_uri: 'https://rp.example/' };
    await fixture.call('PATCH', path, { metadata });
    expect((await fixture.call('PATCH', path, { metadata: METADATA })).json).toMatchObject({
      skipConsent: true,
      pkceOptional: true,
      cibaAllowed: true,
      metadata: { client_name: 'App' },
    });
    expect((await fixture.call('GET', path)).json.metadata).not.toHaveProperty('client_uri');
    const disabled = await fixture.call('PATCH', path, { status: 'disabled' });
    expect(disabled.json).toMatchObject({ status: 'disabled', metadata: METADATA });
    expect(disabled.json).not.toHaveProperty('clientSecret');
    expect(await fixture.identity.services.clients.find(made.clientId)).toBeUndefined();
  });

  it('that registered themselves cannot change what an administrator set', async () => {
    const { json: own } = await fixture.identity.call('/oauth2/register', {
      body: { ...METADATA, jwks_uri: 'https://rp.example/jwks' },
    });
    const metadata = {
      ...METADATA,
      jwks_uri: 'https://rp.example/jwks',
      access_token_signing_alg: 'PS256',
    };
    await fixture.call('PATCH', `${CLIENTS}/${own.client_id}`, {
      metadata,
      profile: 'fapi2_security',
    });
    const replace = (changes: object) =>
      fixture.identity.call(new URL(own.registration_client_uri).pathname, {
        method: 'PUT',
        body: { ...METADATA, client_id: own.client_id, ...changes },
        headers: { authorization: `Bearer ${own.registration_access_token}` },
      });
    const weaker = await replace({ token_endpoint_auth_method: 'client_secret_basic' });
    expect([weaker.status, weaker.json.error]).toEqual([400, 'invalid_client_metadata']);
    const { jwks_uri } = metadata;
    expect((await replace({ jwks_uri })).json.dpop_bound_access_tokens).toBe(true);
    const after = (await fixture.call('GET', `${CLIENTS}/${own.client_id}`)).json;
    expect(after).toMatchObject({
      profile: 'fapi2_security',
      metadata: { access_token_signing_alg: 'PS256', require_pushed_authorization_requests: true },
    });
  });

  it('get a new secret, while the secret before is valid for a while', async () => {
    const made = await create();
    const path = `${CLIENTS}/${made.clientId}/secret`;
    const works = async (secret: string) =>
      isSecretOf(
        await fixture.identity.services.clients.find(made.clientId),
        secret,
        fixture.identity.backend.now,
      );
    const second = (await fixture.call('POST', path)).json;
    expect(second.previousExpiresAt).toBe('2026-11-24T00:00:00.000Z');
    expect(await Promise.all([made.clientSecret, second.clientSecret].map(works))).toEqual([
      true,
      true,
    ]);
    const third = (await fixture.call('POST', path, { graceSeconds: 60 })).json;
    const all = [made.clientSecret, second.clientSecret, third.clientSecret];
    expect(await Promise.all(all.map(works))).toEqual([false, true, true]);
    fixture.identity.backend.now += 60_000;
    expect(await Promise.all(all.map(works))).toEqual([false, false, true]);
  });

  it('without a secret get none', async () => {
    const metadata = { ...METADATA, token_endpoint_auth_method: 'none' };
    const { clientId } = await create({ metadata });
    expect((await fixture.call('POST', `${CLIENTS}/${clientId}/secret`)).json.code).toBe(
      'CONFLICT',
    );
  });

  it('are listed in pages', async () => {
    for (const clientId of ['c', 'a', 'b']) await create({ clientId });
    const { json } = await fixture.call('GET', `${CLIENTS}?limit=2`);
    expect(json.clients.map((one: { clientId: string }) => one.clientId)).toEqual(['a', 'b']);
    const rest = (await fixture.call('GET', `${CLIENTS}?limit=2&after=${json.next}`)).json;
    expect([rest.clients[0].clientId, rest.next]).toEqual(['c', null]);
    expect((await fixture.call('GET', `${CLIENTS}?limit=0`)).status).toBe(400);
  });

  it('are deleted with the consents given to them', async () => {
    const { clientId } = await create();
    const consent = { scopes: [], claims: [], resources: [], authorizationDetails: [] };
    const id = ClientId.restore(clientId);
    await fixture.identity.backend.consents.grant(
      { accountId: fixture.admin, clientId: id, ...consent },
      0,
    );
    expect((await fixture.call('DELETE', `${CLIENTS}/${clientId}`)).status).toBe(204);
    expect(await fixture.identity.services.clients.find(clientId)).toBeUndefined();
    expect(await fixture.identity.backend.consents.list(fixture.admin)).toEqual([]);
    for (const method of ['DELETE', 'GET']) {
      expect((await fixture.call(method, `${CLIENTS}/${clientId}`)).json.code).toBe('NOT_FOUND');
    }
    expect((await fixture.call('PATCH', `${CLIENTS}/${clientId}`, {})).json.code).toBe('NOT_FOUND');
  });
});
