import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  type Administered,
  CONFIDENTIAL,
  createClient,
  credentials,
  PUBLIC,
  REDIRECT,
} from '../../support/node/administered.ts';
import { newPkce, post, postPar, refusal, send } from '../../support/node/oauth-requests.ts';
import { issuer, registerClient } from '../../support/node/provider.ts';
import { authorizationRequest, SignedIn } from '../../support/node/signed-in.ts';
import { Page } from '../../support/node/user-agent.ts';

let user: SignedIn;

beforeAll(async () => {
  user = await SignedIn.create();
});

/** Sends a registration with exactly this body, which may be malformed. */
const register = (body: string, type = 'application/json') =>
  send('/oauth2/register', { method: 'POST', headers: { 'content-type': type }, body });

/**
 * @demands RFC 7591 §2: Client metadata of a wrong type is refused, and so is an array with holes.
 */
describe('client metadata is read strictly (RFC 7591 §3.2.2)', () => {
  it.each([
    ['null among redirect URIs', { redirect_uris: [REDIRECT, null] }, 'invalid_redirect_uri'],
    ['a number among redirect URIs', { redirect_uris: [REDIRECT, 1] }, 'invalid_redirect_uri'],
    ['an array among redirect URIs', { redirect_uris: [[REDIRECT]] }, 'invalid_redirect_uri'],
    [
      'redirect URIs in an object',
      { redirect_uris: { 0: REDIRECT, length: 1 } },
      'invalid_redirect_uri',
    ],
    ['a redirect URI alone', { redirect_uris: REDIRECT }, 'invalid_redirect_uri'],
    ['an empty redirect URI', { redirect_uris: [''] }, 'invalid_redirect_uri'],
    ['no redirect URI', { redirect_uris: [] }, 'invalid_redirect_uri'],
    [
      'null among grant types',
      { grant_types: ['authorization_code', null] },
      'invalid_client_metadata',
    ],
    ['null among response types', { response_types: [null] }, 'invalid_client_metadata'],
    ['null among contacts', { contacts: ['a@example.com', null] }, 'invalid_client_metadata'],
    ['null among request URIs', { request_uris: [null] }, 'invalid_client_metadata'],
    [
      'null among sign-out addresses',
      { post_logout_redirect_uris: [null] },
      'invalid_client_metadata',
    ],
    [
      'null among types of details',
      { authorization_details_types: [null] },
      'invalid_client_metadata',
    ],
    ['null among acr values', { default_acr_values: [null] }, 'invalid_client_metadata'],
    ['null among keys', { jwks: { keys: [null] } }, 'invalid_client_metadata'],
    ['keys that are no array', { jwks: { keys: { 0: {} } } }, 'invalid_client_metadata'],
    ['a name that is no string', { client_name: ['Client'] }, 'invalid_client_metadata'],
    ['a name that reorders text', { client_name: 'Client\u202e' }, 'invalid_client_metadata'],
    ['a name of two lines', { client_name: 'Client\nby your bank' }, 'invalid_client_metadata'],
    ['a scope with a tab', { scope: 'openid\temail' }, 'invalid_client_metadata'],
    ['a scope that is an array', { scope: ['openid'] }, 'invalid_client_metadata'],
    ['a flag that is a string', { dpop_bound_access_tokens: 'true' }, 'invalid_client_metadata'],
    ['an age that is a string', { default_max_age: '60' }, 'invalid_client_metadata'],
    ['a negative age', { default_max_age: -1 }, 'invalid_client_metadata'],
    ['a private key', { jwks: { keys: [{ kty: 'EC', d: 'AA' }] } }, 'invalid_client_metadata'],
    [
      'a secret for a key',
      { jwks: { keys: [{ kty: 'oct', k: 'AA' }] } },
      'invalid_client_metadata',
    ],
    [
      'a made-up way to authenticate',
      { token_endpoint_auth_method: 'magic' },
      'invalid_client_metadata',
    ],
    [
      'keys twice',
      {
        jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'a', y: 'b' }] },
        jwks_uri: 'https://client.example.test/jwks',
      },
      'invalid_client_metadata',
    ],
    ['a software statement', { software_statement: 'x.y.z' }, 'invalid_software_statement'],
    [
      'an algorithm that signs nothing',
      { id_token_signed_response_alg: 'none' },
      'invalid_client_metadata',
    ],
    ['a symmetric algorithm', { id_token_signed_response_alg: 'HS256' }, 'invalid_client_metadata'],
    [
      'a weak key encryption',
      { id_token_encrypted_response_alg: 'RSA1_5' },
      'invalid_client_metadata',
    ],
    [
      'http to begin a sign-in',
      { initiate_login_uri: 'http://client.example.test/login' },
      'invalid_client_metadata',
    ],
  ])('a client with %s is refused', async (_what, metadata, error) => {
    const answer = await register(JSON.stringify({ redirect_uris: [REDIRECT], ...metadata }));
    expect(answer.status).toBe(400);
    expect(['invalid_client_metadata', error]).toContain(answer.body['error']);
  });

  it.each([
    ['an array', '[]'],
    ['a string', '"x"'],
    ['null', 'null'],
    ['empty', ''],
    ['not JSON', '{'],
    [
      'an object with a member twice',
      `{"redirect_uris":["${REDIRECT}"],"redirect_uris":["https://evil.example/"]}`,
    ],
    ['an object with a trailing comma', `{"redirect_uris":["${REDIRECT}"],}`],
    ['two documents', `{"redirect_uris":["${REDIRECT}"]}{}`],
  ])('a registration that is %s is refused', async (_what, body) => {
    expect(refusal(await register(body))).toBe('400 invalid_client_metadata');
  });

  it('a registration with another content type than JSON is refused', async () => {
    const body = JSON.stringify({ redirect_uris: [REDIRECT] });
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', '']) {
      expect(refusal(await register(body, type))).toBe('400 invalid_client_metadata');
    }
  });

  it('a registration cannot set what only an administrator may set', async () => {
    const { client_id } = await registerClient({
      ...PUBLIC,
      redirect_uris: [REDIRECT],
      skip_consent: true,
      skipConsent: true,
      profile: 'none',
      status: 'active',
    });
    const page = await user.authorize(client_id, { code_challenge: newPkce().challenge });
    expect(page).toBeInstanceOf(Page);
    expect(page.url.pathname).toBe('/consent');
  });

  it('a registration is read and changed with its own token alone (RFC 7592 §2)', async () => {
    const [mine, other] = [
      await registerClient({ redirect_uris: [REDIRECT] }),
      await registerClient({ redirect_uris: [REDIRECT] }),
    ];
    const path = new URL(mine.registration_client_uri).pathname;
    for (const token of [undefined, 'x', other.registration_access_token]) {
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const headers = {
          'content-type': 'application/json',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        };
        const body = method === 'PUT' ? JSON.stringify({ redirect_uris: [REDIRECT] }) : null;
        expect((await send(path, { method, headers, body })).status).toBe(401);
      }
    }
  });
});

/** @demands RFC 9396 §5: Unknown types of authorization details are refused. */
describe('authorization details are of known types', () => {
  let client: Administered;
  beforeAll(async () => {
    client = await createClient({ ...CONFIDENTIAL, authorization_details_types: ['payment'] });
  });

  it.each([
    ['an unknown type', '[{"type":"account"}]'],
    ['a known and an unknown type', '[{"type":"payment"},{"type":"account"}]'],
    ['no type', '[{"actions":["read"]}]'],
    ['a type that is no string', '[{"type":["payment"]}]'],
    ['a type in another case', '[{"type":"Payment"}]'],
    ['a name that objects have', '[{"type":"__proto__"}]'],
    ['actions that are no array', '[{"type":"payment","actions":"read"}]'],
    ['an object', '{"type":"payment"}'],
    ['an array in an array', '[[{"type":"payment"}]]'],
    ['null', '[null]'],
    ['no JSON', '[{"type":"payment"}'],
    ['a member twice', '[{"type":"account","type":"payment"}]'],
    ['more than its array', '[],"more":[{"type":"payment"}]'],
  ])('authorization details with %s are refused', async (_what, authorization_details) => {
    const form = {
      ...authorizationRequest(client.clientId),
      ...credentials(client),
      authorization_details,
    };
    expect(refusal(await postPar(form))).toBe('400 invalid_authorization_details');
  });

  it('authorization details of a known type are accepted', async () => {
    const details = '[{"type":"payment","actions":["initiate"],"amount":{"value":1}}]';
    const form = { ...authorizationRequest(client.clientId), ...credentials(client) };
    expect((await postPar({ ...form, authorization_details: details })).status).toBe(201);
  });
});

/**
 * @demands OAuth Client ID Metadata Document §3: The URL of a client's document has every part that
 *   it needs, and no other.
 */
describe('client identifiers that are URLs', () => {
  let server: Server;
  let origin: string;
  const requests: string[] = [];

  beforeAll(async () => {
    server = createServer(({ url = '/' }, response) => {
      requests.push(url);
      const isElsewhere = url.startsWith('/redirect');
      response.writeHead(isElsewhere ? 302 : 200, {
        'content-type': 'application/json',
        ...(isElsewhere ? { location: '/client.json' } : {}),
      });
      response.end(JSON.stringify(documents[url] ?? { client_id: `${origin}${url}`, ...METADATA }));
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    Object.assign(documents, {
      '/other.json': { client_id: `${origin}/client.json`, ...METADATA },
      '/anonymous.json': METADATA,
      '/secret.json': { client_id: `${origin}/secret.json`, ...METADATA, client_secret: 'x' },
      '/basic.json': {
        client_id: `${origin}/basic.json`,
        ...METADATA,
        token_endpoint_auth_method: 'client_secret_basic',
      },
      '/elsewhere.json': {
        client_id: `${origin}/elsewhere.json`,
        ...METADATA,
        redirect_uris: ['https://other.example.test/callback'],
      },
      '/sparse.json': { client_id: `${origin}/sparse.json`, redirect_uris: [null] },
    });
  });
  afterAll(() => new Promise((closed) => server.close(closed)));

  const METADATA = {
    client_name: 'A document',
    redirect_uris: ['http://127.0.0.1/callback'],
    token_endpoint_auth_method: 'none',
  };
  const documents: Record<string, object> = {};

  const visit = (client_id: string) =>
    user.authorize(client_id, { redirect_uri: 'http://127.0.0.1:1234/callback' });

  it('a client identifier without a fault is asked for its document', async () => {
    const page = await visit(`${origin}/client.json`);
    expect(page.url.pathname).toBe('/consent');
  });

  it.each([
    ['an empty path', () => origin],
    ['no host', () => 'https:///client.json'],
    ['no host, but a port', () => 'https://:8443/client.json'],
    ['a fragment', () => `${origin}/client.json#x`],
    ['an empty fragment', () => `${origin}/client.json#`],
    ['a query', () => `${origin}/client.json?x=1`],
    ['an empty query', () => `${origin}/client.json?`],
    ['user information', () => `${origin.replace('//', '//a:b@')}/client.json`],
    ['empty user information', () => `${origin.replace('//', '//@')}/client.json`],
    ['dot segments', () => `${origin}/x/../client.json`],
    ['a single dot segment', () => `${origin}/./client.json`],
    ['encoded dot segments', () => `${origin}/x/%2e%2e/client.json`],
    ['a scheme in upper case', () => `${origin.replace('http', 'HTTP')}/client.json`],
    ['one slash', () => `${origin.replace('//', '/')}/client.json`],
    ['backslashes', () => `${origin.replace('//', '\\\\')}\\client.json`],
    ['a space', () => `${origin}/client.json `],
    ['a letter of another alphabet', () => `${origin}/\u0441lient.json`],
    ['another scheme', () => `ftp://127.0.0.1/client.json`],
    ['http on another machine', () => 'http://client.example.test/client.json'],
    ['more than 255 characters', () => `${origin}/${'x'.repeat(255)}`],
  ])('a client identifier with %s is refused, and no address is asked', async (_what, clientId) => {
    requests.length = 0;
    const page = await visit(clientId());
    expect(page).toBeInstanceOf(Page);
    expect(page.status).toBe(400);
    expect(requests).toEqual([]);
  });

  it.each([
    ['that is another client’s', '/other.json'],
    ['that names no client', '/anonymous.json'],
    ['with a secret', '/secret.json'],
    ['that needs a secret', '/basic.json'],
    ['with a redirect URI on another host', '/elsewhere.json'],
    ['with a sparse array', '/sparse.json'],
    ['that redirects', '/redirect.json'],
  ])('a client’s document %s is refused', async (_what, path) => {
    const page = await visit(origin + path);
    expect(page).toBeInstanceOf(Page);
    expect(page.status).toBe(400);
  });
});

/**
 * @demands Fetch §3.3: An opaque origin belongs to nobody, and is admitted like any other foreign
 *   one.
 */
describe('opaque and foreign origins', () => {
  const ORIGINS = ['null', 'https://evil.example', 'file://', ''];

  it.each(ORIGINS)('the origin "%s" is not admitted to our own API', async (origin) => {
    for (const path of ['/api/v1/auth/profile', '/api/v1/oauth/clients', '/api/v1/sessions']) {
      for (const method of ['GET', 'OPTIONS']) {
        const headers = { origin, 'access-control-request-method': 'GET' };
        const answer = await send(path, { method, headers });
        expect(answer.headers.get('access-control-allow-origin')).toBeNull();
        expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
        expect(answer.headers.get('access-control-allow-methods')).toBeNull();
      }
    }
  });

  it('an endpoint that any origin may read takes no cookies from it', async () => {
    for (const path of ['/oauth2/token', '/oauth2/userinfo', '/.well-known/jwks.json']) {
      const { headers } = await send(path, { headers: { origin: 'null' } });
      expect(headers.get('access-control-allow-origin')).toBe('*');
      expect(headers.get('access-control-allow-credentials')).toBeNull();
    }
  });

  it('a form from an opaque origin is refused', async () => {
    const { status } = await post(
      '/account/sign-out',
      {},
      { origin: 'null', cookie: await user.agent.jar.getCookieString(issuer()) },
    );
    expect(status).toBe(403);
  });
});
