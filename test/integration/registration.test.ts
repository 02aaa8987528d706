import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { createAdministrator } from '../../scripts/local/administrator.ts';
import { ApiClient } from '../support/node/api-client.ts';
import { ISSUER, startWorkers } from '../support/node/harness.ts';

const ADMIN = { email: 'oauth-admin@example.test', password: 'an administrator’s pass phrase' };
const CLIENTS = '/api/v1/oauth/clients';

let workers: Awaited<ReturnType<typeof startWorkers>>;
let api: ApiClient;
let token: string;
/** A third party's web server on this machine. */
let web: Server;
let origin: string;
const pages = new Map<string, object>();
const requests: string[] = [];

beforeAll(async () => {
  await createAdministrator({ connectionString: inject('databaseUrl'), ...ADMIN });
  web = createServer((request, response) => {
    requests.push(request.url ?? '');
    const page = pages.get(request.url ?? '');
    const headers = { 'content-type': 'application/json', 'cache-control': 'max-age=600' };
    response.writeHead(page === undefined ? 404 : 200, headers).end(JSON.stringify(page ?? {}));
  });
  await new Promise<void>((resolve) => {
    web.listen(0, '127.0.0.1', resolve);
  });
  origin = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
  workers = await startWorkers({
    databaseProxy: inject('databaseProxy'),
    identity: { REGISTRATION_MODE: 'initial_access_token', OUTBOUND_LOOPBACK: 'on' },
  });
  api = new ApiClient(workers.url, { 'cf-connecting-ip': '203.0.113.99' });
  token = (await api.login(ADMIN)).json.accessToken;
});
afterAll(async () => {
  await workers[Symbol.asyncDispose]();
  web.closeAllConnections();
  web.close();
});

const administer = (method: string, path: string, body?: unknown) =>
  api.call(path, { method, token, ...(body === undefined ? {} : { body }) });

/** The token endpoint's answer to a client-credentials request. */
const clientCredentials = (clientId: string, secret: string) =>
  fetch(`${workers.url}/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
    headers: { authorization: `Basic ${btoa(`${clientId}:${secret}`)}` },
  });

const SERVICE = { redirect_uris: [], grant_types: ['client_credentials'] };

describe('a client that registers itself', () => {
  it('is registered with an initial access token, used, managed and deleted', async () => {
    const invited = await administer('POST', '/api/v1/oauth/initial-access-tokens', { label: 'x' });
    expect(invited.status).toBe(201);
    const register = () =>
      api.call('/oauth2/register', { body: SERVICE, token: invited.json.token });
    expect((await api.call('/oauth2/register', { body: SERVICE })).status).toBe(401);
    const { status, json } = await register();
    expect(status).toBe(201);
    expect((await register()).status).toBe(401);
    expect((await clientCredentials(json.client_id, json.client_secret)).status).toBe(200);

    const own = new URL(json.registration_client_uri);
    expect(own.origin).toBe(ISSUER);
    const manage = (method: string, body?: object) =>
      api.call(own.pathname, {
        method,
        token: json.registration_access_token,
        ...(body === undefined ? {} : { body }),
      });
    const renamed = { client_id: json.client_id, ...SERVICE, client_name: 'Renamed' };
    expect((await manage('PUT', renamed)).json).toMatchObject(renamed);
    expect((await manage('GET')).json).toMatchObject(renamed);
    expect((await manage('DELETE')).status).toBe(204);
    expect((await manage('GET')).status).toBe(401);
    const after = await clientCredentials(json.client_id, json.client_secret);
    expect([after.status, await after.json()]).toMatchObject([401, { error: 'invalid_client' }]);
  });
});

describe('an administrator', () => {
  it('creates a client, rotates its secret, disables and deletes it', async () => {
    const { status, json } = await administer('POST', CLIENTS, { metadata: SERVICE });
    expect(status).toBe(201);
    const path = `${CLIENTS}/${json.clientId}`;
    const works = async (secret: string) => (await clientCredentials(json.clientId, secret)).status;
    expect(await works(json.clientSecret)).toBe(200);
    const rotated = (await administer('POST', `${path}/secret`, { graceSeconds: 0 })).json;
    expect(await works(json.clientSecret)).toBe(401);
    expect(await works(rotated.clientSecret)).toBe(200);
    await administer('PATCH', path, { status: 'disabled' });
    expect(await works(rotated.clientSecret)).toBe(401);
    await administer('PATCH', path, { status: 'active' });
    expect(await works(rotated.clientSecret)).toBe(200);
    expect((await administer('DELETE', path)).status).toBe(204);
    expect(await works(rotated.clientSecret)).toBe(401);
  });

  it('makes a client’s tokens inactive in introspection (RFC 7662)', async () => {
    const [one, other] = [
      (await administer('POST', CLIENTS, { metadata: SERVICE })).json,
      (await administer('POST', CLIENTS, { metadata: SERVICE })).json,
    ];
    const response = await clientCredentials(one.clientId, one.clientSecret);
    const { access_token } = (await response.json()) as { access_token: string };
    const isActive = async () => {
      const answer = await fetch(`${workers.url}/oauth2/introspect`, {
        method: 'POST',
        body: new URLSearchParams({ token: access_token }),
        headers: { authorization: `Basic ${btoa(`${other.clientId}:${other.clientSecret}`)}` },
      });
      return ((await answer.json()) as { active: boolean }).active;
    };
    expect(await isActive()).toBe(true);
    await administer('DELETE', `${CLIENTS}/${one.clientId}`);
    expect(await isActive()).toBe(false);
  });

  it('finds created clients in the list', async () => {
    const { json } = await administer('POST', CLIENTS, { metadata: SERVICE });
    const ids: string[] = [];
    let next: string | null = '';
    while (next !== null) {
      const page: { json: { clients: { clientId: string }[]; next: string | null } } =
        await administer('GET', `${CLIENTS}?limit=2&after=${next}`);
      ids.push(...page.json.clients.map(({ clientId }) => clientId));
      ({ next } = page.json);
    }
    expect(ids).toContain(json.clientId);
  });

  it('needs the role: other users are refused', async () => {
    const person = await api.register();
    const { status, json } = await api.call(CLIENTS, { token: person.accessToken });
    expect([status, json.code]).toEqual([403, 'AUTHZ_DENIED']);
  });

  it('registers resource servers, whose indicators are URIs', async () => {
    const resource = `https://api.example/${crypto.randomUUID()}?a=b&c=d`;
    const path = '/api/v1/oauth/resources';
    expect((await administer('POST', path, { resource, name: 'API' })).status).toBe(201);
    const query = new URLSearchParams({ resource });
    expect((await administer('DELETE', `${path}?${query}`)).status).toBe(204);
  });
});

describe('a document that a client names', () => {
  it('is fetched for a sector, which must list the client’s redirect URIs', async () => {
    const redirect = 'https://rp.example/cb';
    const metadata = { redirect_uris: [redirect], sector_identifier_uri: `${origin}/sector` };
    const create = async () => (await administer('POST', CLIENTS, { metadata })).status;
    expect(await create()).toBe(400);
    pages.set('/sector', [redirect]);
    expect(await create()).toBe(201);
  });

  it('may describe the client itself, and is fetched once', async () => {
    const clientId = `${origin}/client.json`;
    pages.set('/client.json', { ...SERVICE, client_id: clientId, grant_types: ['refresh_token'] });
    // The error is about the token, so the client was found; else it would be `invalid_client`.
    const refresh = async (client_id: string) => {
      const body = new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: 'x',
        client_id,
      });
      const response = await fetch(`${workers.url}/oauth2/token`, { method: 'POST', body });
      return ((await response.json()) as { error: string }).error;
    };
    expect(await refresh(clientId)).toBe('invalid_grant');
    expect(await refresh(clientId)).toBe('invalid_grant');
    expect(requests.filter((path) => path === '/client.json')).toHaveLength(1);
    expect(await refresh(`${origin}/nobody.json`)).toBe('invalid_client');
    expect(await refresh(`${origin}/nobody.json`)).toBe('invalid_client');
    expect(requests.filter((path) => path === '/nobody.json')).toHaveLength(1);
  });
});
