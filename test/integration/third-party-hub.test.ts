import { decodeJwt } from 'jose';
import * as client from 'openid-client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { ApiClient, type Tokens } from '../support/node/api-client.ts';
import { ISSUER, startWorkers } from '../support/node/harness.ts';
import { agreed } from '../support/node/provider.ts';
import { StoredClients } from '../support/node/stored-clients.ts';
import { WorkersAgent } from '../support/node/workers-agent.ts';
import { connectOverWs, UpgradeRefused } from '../support/node/ws-hub.ts';

const SECRET = 'a secret of 256 random bits';
const REDIRECT = 'https://game.example.test/callback';

let workers: Awaited<ReturnType<typeof startWorkers>>;
let clients: StoredClients;
let api: ApiClient;

beforeAll(async () => {
  workers = await startWorkers({ databaseProxy: inject('databaseProxy') });
  clients = await StoredClients.open(inject('databaseUrl'));
  api = new ApiClient(workers.url);
});
afterAll(async () => {
  await clients[Symbol.asyncDispose]();
  await workers[Symbol.asyncDispose]();
});

const here = (url: string | URL): string => String(url).replace(ISSUER, workers.url);

async function aClient(metadata: Record<string, unknown> = {}, skipConsent = false) {
  const id = await clients.add(
    {
      client_name: 'Game',
      redirect_uris: [REDIRECT],
      grant_types: ['authorization_code', 'client_credentials'],
      token_endpoint_auth_method: 'client_secret_post',
      ...metadata,
    },
    SECRET,
    { skipConsent },
  );
  return client.discovery(new URL(ISSUER), id, { client_secret: SECRET }, undefined, {
    execute: [client.allowInsecureRequests],
    [client.customFetch]: (url, init) => fetch(here(url), init as RequestInit),
  });
}

type Person = Tokens & { readonly email: string; readonly password: string };

/** An access token that a user gives a client. */
async function tokenFor(
  config: client.Configuration,
  person: Person,
  scope: string,
  agent = new WorkersAgent(workers.url),
): Promise<string> {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT,
    scope,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  });
  const callback = await agreed(agent, url, person);
  return (await client.authorizationCodeGrant(config, callback, { pkceCodeVerifier })).access_token;
}

const connect = (token: string) => connectOverWs(`${workers.url}/connect`, token);

describe('a third party that a user allowed nothing but to know them', () => {
  it('opens no hub, and calls nothing by name', async () => {
    const person = await api.register();
    const token = await tokenFor(await aClient(), person, 'openid');
    const refused = await connect(token).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(UpgradeRefused);
    expect(refused).toMatchObject({ status: 403 });
    const call = { service: 'echo', method: 'POST', path: '/echo', body: 1 };
    for (const [path, body] of [
      ['/api/v1/connect/internal/proxy', call],
      ['/api/v1/connect/tickets', {}],
      ['/api/v1/connect/api-discovery', {}],
    ] as const) {
      const { status, json } = await api.call(path, { token, body });
      expect([status, json.code]).toEqual([403, 'AUTH_SCOPE_INSUFFICIENT']);
    }
  });

  it('opens it after the user has agreed to that, too', async () => {
    const person = await api.register();
    const config = await aClient();
    const agent = new WorkersAgent(workers.url);
    await tokenFor(config, person, 'openid', agent);
    const token = await tokenFor(config, person, 'openid connect', agent);
    await using game = await connect(token);
    expect(game.manifest.sessionId).toBe(decodeJwt(token)['sid']);
  });
});

describe('a first-party client', () => {
  it('needs no scope for the hub', async () => {
    const token = await tokenFor(await aClient({}, true), await api.register(), 'openid');
    expect(decodeJwt(token)).toMatchObject({ first_party: true, scope: 'openid' });
    await using ours = await connect(token);
    expect(ours.manifest.sessionId).toBe(decodeJwt(token)['sid']);
  });
});

describe('a client that knows its users by pairwise subjects', () => {
  it('gets what is published for the account, which it is never told', async () => {
    const person = await api.register();
    const config = await aClient({ subject_type: 'pairwise' });
    const token = await tokenFor(config, person, 'openid connect');
    expect(decodeJwt(token).sub).toMatch(/^pws_/);
    await using game = await connect(token);
    expect(JSON.stringify(game.manifest)).not.toContain(person.accountId);

    const publisher = await aClient({ scope: 'connect:publish' });
    const own = await client.clientCredentialsGrant(publisher, { scope: 'connect:publish' });
    const body = { target: { userId: person.accountId }, eventName: 'hello' };
    const published = await api.call('/api/v1/connect/events', { token: own.access_token, body });
    expect(published.json).toMatchObject({ delivered: 1 });
    expect(await game.event()).toMatchObject({ eventName: 'hello' });
  });
});
