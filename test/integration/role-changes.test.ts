import { decodeJwt } from 'jose';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { HubEvent } from '../support/hub-client.ts';
import { ApiClient, aPerson, type Tokens } from '../support/node/api-client.ts';
import { startWorkers } from '../support/node/harness.ts';
import { connectOverWs, type WsHubClient } from '../support/node/ws-hub.ts';

let workers: Awaited<ReturnType<typeof startWorkers>>;
let api: ApiClient;
let admin: Tokens;

beforeAll(async () => {
  workers = await startWorkers({ databaseProxy: inject('databaseProxy') });
  api = new ApiClient(workers.url);
  admin = await anAdministrator();
});
afterAll(() => workers[Symbol.asyncDispose]());

/** Creates the first administrator in the database, because the API needs one. */
async function anAdministrator(): Promise<Tokens> {
  const person = aPerson();
  const { accountId } = await api.register(person);
  const client = new Client({ connectionString: inject('databaseUrl') });
  await client.connect();
  await client.query(`UPDATE identity.accounts SET roles = '{admin,user}' WHERE id = $1`, [
    accountId,
  ]);
  await client.end();
  return (await api.login(person)).json as Tokens;
}

const connect = (token: string, subprotocols: readonly string[] = []) =>
  connectOverWs(`${workers.url}/connect`, token, { subprotocols });

const setRoles = (accountId: string, roles: readonly string[], token = admin.accessToken) =>
  api.call(`/api/v1/accounts/${accountId}/roles`, { method: 'PUT', body: { roles }, token });

const CLIENTS = 'GET:/api/v1/oauth/clients';

/** Waits for a manifest of that version. */
async function manifestOf(client: WsHubClient, version: number): Promise<HubEvent | undefined> {
  const find = () => client.inboxEvents.find((event) => event['version'] === version);
  await expect.poll(find, { timeout: 5_000 }).toBeDefined();
  return find();
}

describe('a change of roles through all Workers', () => {
  it('reaches an open connection, which then may call more', async () => {
    const bob = await api.register();
    await using client = await connect(bob.accessToken, ['sallyport.v1']);
    expect(JSON.stringify(client.manifest)).not.toContain(CLIENTS);
    expect((await setRoles(bob.accountId, ['user', 'admin'])).status).toBe(200);

    const update = await manifestOf(client, 2);
    expect(update).toMatchObject({ delta: true, reason: 'permission_change' });
    const added = update?.['added'] as { serviceId: string; endpoint: string }[];
    const guid = added.find(({ endpoint }) => endpoint === CLIENTS)?.serviceId ?? '';
    expect((await client.call('', { guid })).code).toBe(0);

    expect((await setRoles(bob.accountId, ['user'])).status).toBe(200);
    expect((await client.call('', { guid })).code).toBe(30);
    expect(await manifestOf(client, 3)).toMatchObject({ delta: true, added: [] });
  });

  it('is in the next token, by refresh and by sign-in, but not in earlier ones', async () => {
    const person = aPerson();
    const bob = await api.register(person);
    await setRoles(bob.accountId, ['user', 'editor']);
    const refreshed = await api.call('/auth/token/refresh', {
      body: { refreshToken: bob.refreshToken },
    });
    expect(decodeJwt(refreshed.json.accessToken)['roles']).toEqual(['user', 'editor']);
    const again = (await api.login(person)).json as Tokens;
    expect(decodeJwt(again.accessToken)['roles']).toEqual(['user', 'editor']);

    await setRoles(bob.accountId, ['admin']);
    const promoted = (await api.login(person)).json as Tokens;
    await setRoles(bob.accountId, []);
    expect(decodeJwt(promoted.accessToken)['roles']).toEqual(['admin']);
    await using client = await connect(promoted.accessToken);
    expect(JSON.stringify(client.manifest)).not.toContain(CLIENTS);
  });

  it('is allowed to users who are administrators in the database', async () => {
    const person = aPerson();
    const bob = await api.register(person);
    expect((await setRoles(bob.accountId, ['admin'], bob.accessToken)).status).toBe(403);
    await setRoles(bob.accountId, ['admin']);
    const promoted = (await api.login(person)).json as Tokens;
    const read = (token: string) => api.call(`/api/v1/accounts/${bob.accountId}`, { token });
    expect((await read(promoted.accessToken)).json).toMatchObject({
      accountId: bob.accountId,
      roles: ['admin'],
    });
    await setRoles(bob.accountId, ['user']);
    expect((await read(promoted.accessToken)).status).toBe(403);
  });

  it('ends an administrator’s access to keys and the hub at once', async () => {
    const person = aPerson();
    const bob = await api.register(person);
    await setRoles(bob.accountId, ['admin']);
    const { accessToken: token } = (await api.login(person)).json as Tokens;
    const statuses = async () => {
      const answers = await Promise.all([
        api.call('/api/v1/keys', { token }),
        api.call('/api/v1/connect/connections?userId=nobody', { token }),
        api.call('/api/v1/connect/services', { token }),
      ]);
      return answers.map(({ status }) => status);
    };
    expect(await statuses()).toEqual([200, 200, 200]);
    await setRoles(bob.accountId, ['user']);
    expect(await statuses()).toEqual([403, 403, 403]);
  });

  it('is visible in the manifest over HTTP, too', async () => {
    const bob = await api.register();
    const discover = async () =>
      (await api.call('/api/v1/connect/api-discovery', { method: 'POST', token: bob.accessToken }))
        .json;
    await using client = await connect(bob.accessToken);
    const before = await discover();
    const { manifest } = client;
    expect(before.availableApis).toEqual(manifest.availableApis);
    expect(before.manifestHash).toBe(manifest['manifestHash']);
    await setRoles(bob.accountId, ['admin']);
    const after = await discover();
    expect(JSON.stringify(after)).toContain(CLIENTS);
    expect(after.version).toBe(2);
  });
});
