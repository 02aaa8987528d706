import { decodeJwt } from 'jose';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { ApiClient, type Tokens } from '../support/node/api-client.ts';
import { ISSUER, startWorkers } from '../support/node/harness.ts';
import { agreed } from '../support/node/provider.ts';
import { StoredClients } from '../support/node/stored-clients.ts';
import { WorkersAgent } from '../support/node/workers-agent.ts';

const SECRET = 'a secret of 256 random bits';
const REDIRECT = 'https://client.example.test/callback';
const OTHER = 'https://api.other.example';
const DETAILS = {
  firstName: 'Zoë',
  lastName: 'Doe',
  company: 'Acme',
  avatarUrl: 'https://pictures.example.test/zoe.png',
};

let workers: Awaited<ReturnType<typeof startWorkers>>;
let clients: StoredClients;
let api: ApiClient;
let zoe: Tokens & { readonly email: string; readonly password: string };

beforeAll(async () => {
  workers = await startWorkers({
    databaseProxy: inject('databaseProxy'),
    identity: { RESOURCE_MODE: 'any', REGISTRATION_MODE: 'open' },
  });
  clients = await StoredClients.open(inject('databaseUrl'));
  api = new ApiClient(workers.url);
  zoe = await api.register(undefined, DETAILS);
});
afterAll(async () => {
  await clients[Symbol.asyncDispose]();
  await workers[Symbol.asyncDispose]();
});

const METADATA = {
  client_name: 'The Client',
  redirect_uris: [REDIRECT],
  grant_types: ['authorization_code', 'refresh_token'],
  token_endpoint_auth_method: 'client_secret_post',
};

async function aClient(
  metadata: Record<string, unknown> = {},
  more: Parameters<StoredClients['add']>[2] = {},
): Promise<client.Configuration> {
  return discover(await clients.add({ ...METADATA, ...metadata }, SECRET, more), SECRET);
}

const discover = (id: string, secret: string): Promise<client.Configuration> =>
  client.discovery(new URL(ISSUER), id, secret, client.ClientSecretPost(secret), {
    execute: [client.allowInsecureRequests],
    [client.customFetch]: (url, init) =>
      fetch(url.replace(ISSUER, workers.url), init as RequestInit),
  });

type Terms = { readonly scope: string; readonly resource?: string[]; readonly claims?: string };

async function signIn(
  config: client.Configuration,
  { scope, resource = [], claims }: Terms,
  parameters?: Record<string, string>,
) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT,
    scope,
    ...(claims === undefined ? {} : { claims }),
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  });
  for (const one of resource) url.searchParams.append('resource', one);
  const callback = await agreed(new WorkersAgent(workers.url), url, zoe);
  const checks = { pkceCodeVerifier };
  const tokens = await client.authorizationCodeGrant(config, callback, checks, parameters);
  const idToken = decodeJwt(tokens.id_token ?? '');
  return { ...tokens, idToken, userinfo: () => userinfo(tokens.access_token) };
}

async function userinfo(token: string) {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${workers.url}/oauth2/userinfo`, { headers });
  return { status: response.status, json: await response.json() };
}

const PROFILE = {
  name: 'Zoë Doe',
  given_name: 'Zoë',
  family_name: 'Doe',
  picture: 'https://pictures.example.test/zoe.png',
  preferred_username: expect.stringMatching(/^[^@]+-[0-9a-z]+$/),
};

describe('what a person has told at registration', () => {
  it('is kept, and comes back in the profile and as claims', async () => {
    const { json } = await api.call('/api/v1/auth/profile', { token: zoe.accessToken });
    expect(json).toMatchObject(DETAILS);
    const { userinfo: ask } = await signIn(await aClient(), { scope: 'openid profile' });
    expect((await ask()).json).toMatchObject(PROFILE);
  });
});

describe('the roles', () => {
  const ROLES = { roles: ['user'], groups: ['user'] };

  it('are in ID token, userinfo and introspection where the user allows the scope groups', async () => {
    const config = await aClient();
    const {
      idToken,
      access_token,
      userinfo: ask,
    } = await signIn(config, {
      scope: 'openid groups',
    });
    expect(idToken).toMatchObject(ROLES);
    expect((await ask()).json).toMatchObject(ROLES);
    expect(await client.tokenIntrospection(config, access_token)).toMatchObject(ROLES);
    expect(decodeJwt(access_token)).not.toHaveProperty('roles');
  });

  it('are in the ID token by the claims parameter (OpenID Connect Core §5.5)', async () => {
    const claims = JSON.stringify({ id_token: { groups: null } });
    const { idToken } = await signIn(await aClient(), { scope: 'openid', claims });
    expect(idToken).toMatchObject({ groups: ['user'] });
    expect(idToken).not.toHaveProperty('roles');
  });
});

describe('openid with a resource that is not ours (RFC 8707)', () => {
  it('alone puts the claims into the ID token, because userinfo refuses the token', async () => {
    const terms = { scope: 'openid profile email', resource: [OTHER] };
    const { idToken, access_token, userinfo: ask } = await signIn(await aClient(), terms);
    expect(decodeJwt(access_token).aud).toBe(OTHER);
    expect((await ask()).status).toBe(401);
    expect(idToken).toMatchObject({ ...PROFILE, email: zoe.email });
  });

  it('beside ours gives one token for userinfo and another for the resource', async () => {
    const config = await aClient();
    const terms = { scope: 'openid profile offline_access', resource: [ISSUER, OTHER] };
    const first = await signIn(config, terms, { resource: ISSUER });
    expect(decodeJwt(first.access_token).aud).toBe(ISSUER);
    expect((await first.userinfo()).json).toMatchObject(PROFILE);
    expect(first.idToken).not.toHaveProperty('name');
    const second = await client.refreshTokenGrant(config, first.refresh_token ?? '', {
      resource: OTHER,
    });
    expect(decodeJwt(second.access_token).aud).toBe(OTHER);
  });
});

describe('id_token_claims', () => {
  it('is registered by the client itself, and its ID tokens carry the claims', async () => {
    const body = { ...METADATA, id_token_claims: true };
    const { json } = await api.call('/oauth2/register', { body });
    expect(json).toMatchObject({ id_token_claims: true });
    const config = await discover(json.client_id, json.client_secret);
    const { idToken } = await signIn(config, { scope: 'openid profile' });
    expect(idToken).toMatchObject(PROFILE);
  });
});

describe('introspection of a user', () => {
  it('tells a resource server of an administrator who is behind a token (RFC 7662 §2.2)', async () => {
    const { access_token } = await signIn(await aClient(), { scope: 'openid profile email' });
    const shown = { username: expect.stringMatching(/-/), email: zoe.email };
    expect(await client.tokenIntrospection(await aClient(), access_token)).toMatchObject(shown);
    const stranger = await aClient({}, { source: 'registered' });
    const answer = await client.tokenIntrospection(stranger, access_token);
    expect(answer.active).toBe(true);
    for (const name of Object.keys(shown)) expect(answer).not.toHaveProperty(name);
  });
});
