import { decodeProtectedHeader } from 'jose';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { ApiClient, aPerson, type Tokens } from '../support/node/api-client.ts';
import { startWorkers } from '../support/node/harness.ts';

let workers: Awaited<ReturnType<typeof startWorkers>>;
let api: ApiClient;

beforeAll(async () => {
  workers = await startWorkers({ databaseProxy: inject('databaseProxy') });
  api = new ApiClient(workers.url);
});
afterAll(() => workers[Symbol.asyncDispose]());

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

const published = async (): Promise<string[]> =>
  (await api.call('/.well-known/jwks.json')).json.keys.map(({ kid }: { kid: string }) => kid);

describe('key rotation by command', () => {
  it('publishes a key before it signs, and keeps earlier tokens valid', async () => {
    const admin = await anAdministrator();
    const before = await published();
    const oldKid = decodeProtectedHeader(admin.accessToken).kid ?? '';

    const { status, json } = await api.call('/api/v1/keys/rotate', {
      method: 'POST',
      token: admin.accessToken,
    });
    expect(status).toBe(200);
    expect(json.previousKid).toBe(oldKid);
    expect(before).toContain(json.currentKid);
    expect(before).not.toContain(json.nextKid);
    expect(await published()).toEqual(
      expect.arrayContaining([oldKid, json.currentKid, json.nextKid]),
    );

    await expect
      .poll(async () => decodeProtectedHeader((await api.register()).accessToken).kid, {
        timeout: 40_000,
        interval: 2_000,
      })
      .toBe(json.currentKid);
    expect((await api.validate(admin.accessToken)).status).toBe(200);
    expect((await api.validate((await api.register()).accessToken)).status).toBe(200);
  });

  it('rotates the key of one algorithm, and each algorithm has published keys', async () => {
    const { accessToken } = await anAdministrator();
    const inUse = async () =>
      (await api.call('/api/v1/keys', { token: accessToken })).json.keys.flatMap(
        ({ alg, kid, state }: Record<string, string>) => (state === 'current' ? [[alg, kid]] : []),
      );
    const before = await inUse();
    expect(before.map(([alg]: string[]) => alg)).toEqual(['ES256', 'EdDSA', 'RS256', 'PS256']);

    const { status, json } = await api.call('/api/v1/keys/rotate', {
      method: 'POST',
      token: accessToken,
      body: { alg: 'RS256' },
    });
    expect(status).toBe(200);
    const after = before.map(([alg, kid]: string[]) => [
      alg,
      alg === 'RS256' ? json.currentKid : kid,
    ]);
    expect(await inUse()).toEqual(after);
    expect(await published()).toEqual(
      expect.arrayContaining(after.map(([, kid]: string[]) => kid)),
    );
  });

  it('is allowed to administrators only', async () => {
    const { accessToken } = await api.register();
    const { status, json } = await api.call('/api/v1/keys/rotate', {
      method: 'POST',
      token: accessToken,
    });
    expect([status, json.code]).toEqual([403, 'AUTHZ_DENIED']);
    expect((await api.call('/api/v1/keys/rotate', { method: 'POST' })).status).toBe(401);
  });
});

describe('an entrypoint', () => {
  it.each(['sallyport-identity', 'sallyport-keys', 'sallyport-connect'])(
    'of %s refuses callers that are not on its list',
    async (name) => {
      const response = await workers.harness.getWorker(name).fetch('/api/v1/sessions');
      expect(response.status).toBe(403);
      expect(await response.json()).toMatchObject({ code: 'CALLER_FORBIDDEN' });
    },
  );
});
