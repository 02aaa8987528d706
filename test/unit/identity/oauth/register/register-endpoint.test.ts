import { beforeEach, describe, expect, it } from 'vitest';

import { sha256, utf8 } from '../../../../../shared/bytes.ts';
import type { OAuthConfig } from '../../../../../workers/identity/config.ts';
import { IdentityFixture } from '../../../../support/identity-fixture.ts';

const METADATA = { client_name: 'App', redirect_uris: ['https://rp.example/cb'], foo: 'bar' };

let identity: IdentityFixture;
beforeEach(() => {
  identity = new IdentityFixture();
});

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const register = (body: unknown = METADATA, headers: Record<string, string> = {}) =>
  identity.call('/oauth2/register', { body, headers });
const at = (uri: string) => new URL(uri).pathname;

function mode(registration: OAuthConfig['registration']): void {
  Object.assign(identity.services.config.oauth, { registration });
}

async function anInitialAccessToken(changes: object = {}): Promise<string> {
  const [token, id] = [`token-${crypto.randomUUID()}`, crypto.randomUUID()];
  const made = { id, label: 'x', expiresAt: null, usesLeft: 1, createdAt: 0, ...changes };
  await identity.backend.initialAccessTokens.create(made, await sha256(utf8(token)));
  return token;
}

describe('registration (RFC 7591 §3)', () => {
  it('answers with what it registered, defaults included, and shows the secret once', async () => {
    const { status, json, headers } = await register();
    expect(status).toBe(201);
    expect(headers.get('cache-control')).toBe('no-store');
    expect(json).toEqual({
      client_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      client_id_issued_at: identity.backend.now / 1_000,
      client_secret: expect.stringMatching(/^[\w-]{43}$/),
      client_secret_expires_at: 0,
      registration_access_token: expect.stringMatching(/^[\w-]{43}$/),
      registration_client_uri: `https://id.example.test/oauth2/register/${json.client_id}`,
      client_name: 'App',
      redirect_uris: ['https://rp.example/cb'],
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code'],
      response_types: ['code'],
      application_type: 'web',
      subject_type: 'public',
      id_token_signed_response_alg: 'RS256',
      authorization_signed_response_alg: 'RS256',
      introspection_signed_response_alg: 'RS256',
      require_auth_time: false,
      tls_client_certificate_bound_access_tokens: false,
      dpop_bound_access_tokens: false,
      require_pushed_authorization_requests: false,
      require_signed_request_object: false,
    });
    expect(await identity.services.clients.find(json.client_id)).toMatchObject({
      source: 'registered',
      name: 'App',
      skipConsent: false,
      secrets: [{ hash: await sha256(utf8(json.client_secret)), expiresAt: null }],
    });
    const read = await identity.call(at(json.registration_client_uri), {
      headers: bearer(json.registration_access_token),
    });
    const { client_secret: _, client_secret_expires_at: __, ...rest } = json;
    expect([read.status, read.json]).toEqual([200, rest]);
  });

  it('answers which redirect URIs were registered, where that is not all (§2)', async () => {
    const redirect_uris = ['editor://cb', 'http://127.0.0.1/cb', 'https://rp.example/cb'];
    const { status, json } = await register({ redirect_uris });
    expect([status, json.redirect_uris]).toEqual([201, redirect_uris.slice(1)]);
    expect(await identity.services.clients.find(json.client_id)).toMatchObject({
      redirectUris: redirect_uris.slice(1),
    });
  });

  it('gives a client without authentication no secret', async () => {
    const { json } = await register({ ...METADATA, token_endpoint_auth_method: 'none' });
    expect(json).not.toHaveProperty('client_secret');
    expect(json).not.toHaveProperty('client_secret_expires_at');
  });

  it('makes no first-party client', async () => {
    const exceptions = { pkceOptional: true, cibaAllowed: true };
    const wishes = {
      profile: 'fapi2_security',
      skip_consent: true,
      resources: ['x'],
      ...exceptions,
    };
    const { json } = await register({ ...METADATA, ...wishes });
    expect(await identity.services.clients.find(json.client_id)).toMatchObject({
      skipConsent: false,
      profile: 'none',
      resources: null,
      pkceOptional: false,
      cibaAllowed: false,
    });
  });

  it.each([
    ['a wrong member', { redirect_uris: ['https://rp.example/#'] }, 'invalid_redirect_uri'],
    ['no redirect URI', {}, 'invalid_redirect_uri'],
    ['another member', { ...METADATA, subject_type: 'x' }, 'invalid_client_metadata'],
    [
      'a software statement',
      { ...METADATA, software_statement: 'x' },
      'invalid_software_statement',
    ],
    ['an array', [], 'invalid_client_metadata'],
    ['no JSON', 'redirect_uris=x', 'invalid_client_metadata'],
    ['a member twice', '{"client_name":"a","client_name":"b"}', 'invalid_client_metadata'],
  ])('answers 400 to %s (§3.2.2)', async (_, body, error) => {
    const answer = await register(body);
    expect([answer.status, answer.json.error]).toEqual([400, error]);
    expect(answer.json.error_description).toEqual(expect.any(String));
    expect(identity.backend.clientStore.stored.size).toBe(0);
  });

  it('refuses a form (§3.1)', async () => {
    const { status, json } = await register('client_name=a', {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect([status, json.error]).toEqual([400, 'invalid_client_metadata']);
  });

  it('asks the sector to confirm the client (OpenID Connect Registration §5)', async () => {
    const uri = 'https://sector.example/uris.json';
    const metadata = { ...METADATA, sector_identifier_uri: uri };
    const outcome = async () => (await register(metadata)).json.error ?? 'registered';
    expect(await outcome()).toBe('invalid_client_metadata');
    identity.backend.web.set(uri, () => Response.json(['https://other.example/cb']));
    expect(await outcome()).toBe('invalid_client_metadata');
    identity.backend.web.set(uri, () => new Response('no JSON'));
    expect(await outcome()).toBe('invalid_client_metadata');
    identity.backend.web.set(uri, () => Response.json(METADATA.redirect_uris));
    expect(await outcome()).toBe('registered');
  });

  it('answers 503 where the database does not answer', async () => {
    identity.backend.down.add('database');
    expect([(await register()).status, (await register()).json.error]).toEqual([
      503,
      'temporarily_unavailable',
    ]);
  });
});

describe('the right to register', () => {
  it('is nobody’s where registration is off', async () => {
    mode('off');
    const { status, json } = await register();
    expect([status, json.error]).toEqual([403, 'access_denied']);
  });

  it('comes from an initial access token', async () => {
    mode('initial_access_token');
    const { status, json, headers } = await register();
    expect([status, json.error]).toEqual([401, 'invalid_token']);
    expect(headers.get('www-authenticate')).toBe('Bearer');
    const wrong = await register(METADATA, bearer('wrong'));
    expect([wrong.status, wrong.json.error]).toEqual([401, 'invalid_token']);
    expect(wrong.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
  });

  it('is used up by as many registrations as the token allows, and by none that fails', async () => {
    mode('initial_access_token');
    const headers = bearer(await anInitialAccessToken());
    expect((await register({}, headers)).status).toBe(400);
    expect((await register(METADATA, headers)).status).toBe(201);
    expect((await register(METADATA, headers)).status).toBe(401);
  });

  it('ends when the token expires', async () => {
    mode('initial_access_token');
    const expired = await anInitialAccessToken({ expiresAt: identity.backend.now });
    expect((await register(METADATA, bearer(expired))).status).toBe(401);
  });

  it('is judged before the metadata is read', async () => {
    mode('initial_access_token');
    expect((await register('no JSON')).status).toBe(401);
  });
});

describe('management of a registration (RFC 7592 §2)', () => {
  type Registered = Awaited<ReturnType<typeof register>>['json'];
  let registered: Registered;
  beforeEach(async () => {
    ({ json: registered } = await register());
  });

  const manage = (method: string, body?: unknown, token = registered.registration_access_token) =>
    identity.call(at(registered.registration_client_uri), { method, body, headers: bearer(token) });
  const put = (changes: object) =>
    manage('PUT', { client_id: registered.client_id, ...METADATA, ...changes });

  it('replaces the whole registration, and deletes what is left out (§2.2)', async () => {
    await put({ client_uri: 'https://rp.example/', scope: 'openid' });
    const { status, json } = await put({ client_name: 'Renamed' });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      client_id: registered.client_id,
      client_name: 'Renamed',
      registration_access_token: registered.registration_access_token,
      registration_client_uri: registered.registration_client_uri,
    });
    expect(json).not.toHaveProperty('client_uri');
    expect(json).not.toHaveProperty('scope');
    expect((await manage('GET')).json).toEqual(json);
  });

  it('leaves the secret as it is, unless the method needs none or a new one', async () => {
    const same = await put({ client_secret: registered.client_secret });
    expect([same.status, same.json.client_secret]).toEqual([200, undefined]);
    const none = await put({ token_endpoint_auth_method: 'none' });
    expect(none.json).not.toHaveProperty('client_secret');
    const { json } = await put({ token_endpoint_auth_method: 'client_secret_post' });
    expect(json.client_secret).toMatch(/^[\w-]{43}$/);
    expect(json.client_secret).not.toBe(registered.client_secret);
  });

  it.each([
    ['no client_id', { client_id: undefined }],
    ['another client_id', { client_id: 'other' }],
    ['its token', { registration_access_token: 'x' }],
    ['its address', { registration_client_uri: 'x' }],
    ['an expiry', { client_secret_expires_at: 0 }],
    ['its birthday', { client_id_issued_at: 0 }],
    ['another secret', { client_secret: 'mine' }],
    ['a secret that is no text', { client_secret: 7 }],
  ])('refuses a replacement with %s (§2.2)', async (_, changes) => {
    const { status, json } = await put(changes);
    expect([status, json.error]).toEqual([400, 'invalid_request']);
  });

  it('moves no pairwise client to another sector, where its users would be strangers', async () => {
    const [uri = ''] = METADATA.redirect_uris;
    await put({ subject_type: 'pairwise' });
    const there = { subject_type: 'pairwise', redirect_uris: ['https://elsewhere.example/cb'] };
    expect((await put(there)).json.error).toBe('invalid_client_metadata');
    const here = { subject_type: 'pairwise', redirect_uris: [new URL('/other', uri).href] };
    expect((await put(here)).status).toBe(200);
    await put({ subject_type: 'public' });
    expect((await put({ ...there, subject_type: 'public' })).status).toBe(200);
  });

  it('judges a replacement as it judges a registration', async () => {
    expect((await put({ redirect_uris: [] })).json.error).toBe('invalid_redirect_uri');
    expect((await manage('GET')).json.redirect_uris).toEqual(METADATA.redirect_uris);
  });

  it('refuses a change that another one overtook', async () => {
    const store = identity.backend.clientStore;
    const find = store.find.bind(store);
    store.find = async (id) => {
      store.find = find;
      const read = await find(id);
      await put({ client_name: 'First' });
      return read;
    };
    const { status, json, headers } = await put({ client_name: 'Second' });
    expect([status, json.error]).toEqual([503, 'temporarily_unavailable']);
    expect(headers.get('retry-after')).toBe('1');
    expect((await manage('GET')).json.client_name).toBe('First');
  });

  it('is for the owner of the registration only', async () => {
    const { json: other } = await register();
    for (const method of ['GET', 'PUT', 'DELETE']) {
      const body = method === 'PUT' ? METADATA : undefined;
      for (const token of ['wrong', other.registration_access_token, registered.client_secret]) {
        const answer = await manage(method, body, token);
        expect([answer.status, answer.json.error]).toEqual([401, 'invalid_token']);
      }
    }
    const without = await identity.call(at(registered.registration_client_uri));
    expect([without.status, without.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
  });

  it('deletes the client and its registration access token (§2.3)', async () => {
    const { status, json } = await manage('DELETE');
    expect([status, json]).toEqual([204, undefined]);
    expect((await manage('GET')).status).toBe(401);
    expect((await manage('DELETE')).status).toBe(401);
    expect(await identity.services.clients.find(registered.client_id)).toBeUndefined();
  });

  it('is possible where registration is off, but not for a disabled client', async () => {
    mode('off');
    expect((await manage('GET')).status).toBe(200);
    const [client] = identity.backend.clientStore.stored.values();
    if (client !== undefined) {
      await identity.backend.clientStore.replace({ ...client, status: 'disabled' }, 0);
    }
    expect((await manage('GET')).status).toBe(401);
  });
});
