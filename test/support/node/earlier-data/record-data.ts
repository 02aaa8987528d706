/**
 * Records a data folder of one version of Sallyport, with which later versions are tested.
 *
 * @module
 */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JSONWebKeySet } from 'jose';

import { ApiClient } from '../api-client.ts';
import { freePort, Instance, temporaryFolder } from '../instance.ts';
import { acmeSettings, startAcme } from './acme.ts';
import { packFolder } from './archive.ts';
import type { Holdings } from './holdings.ts';
import { expectStatus, makeAccounts, session } from './make-accounts.ts';
import { makeConnections } from './make-connections.ts';
import { makeGrants } from './make-grants.ts';
import { readStoredNames } from './stored-names.ts';

/** The issuer of `npm start` without settings. */
const ISSUER = 'http://127.0.0.1:8787';
export const ADMIN = 'admin@sallyport.local';

/** The settings that an instance on this folder needs. */
const SETTINGS = { QUEUE_CAPACITY: '1000' };

export type RecordDataOptions = {
  /** The absolute path of the version's checkout. */
  readonly checkout: string;
  /** The folder for `data.tar.zst`, `holdings.json` and `stored-names.json`. */
  readonly folder: string;
};

export async function recordData({ checkout, folder }: RecordDataOptions): Promise<void> {
  await using data = await temporaryFolder();
  const acme = await startAcme(ISSUER);
  const instance = new Instance({
    port: await freePort(),
    dataDir: data.path,
    checkout,
    env: {
      ...SETTINGS,
      ...acmeSettings(acme),
      ISSUER,
      RATE_LIMIT_SCALE: '100000',
      AUTHORIZATION_CODE_SECONDS: '600',
    },
  });
  try {
    await instance.ready();
    const made = await make(instance.url, await adminPassword(data.path), acme);
    await instance.signal('SIGINT');
    const holdings: Holdings = { madeAt: Date.now(), ...made };
    await mkdir(folder, { recursive: true });
    await packFolder(data.path, join(folder, 'data.tar.zst'));
    await writeJson(join(folder, 'holdings.json'), holdings);
    await writeJson(join(folder, 'stored-names.json'), await readStoredNames(checkout));
  } finally {
    await instance.signal('SIGKILL');
    await acme.close();
  }
}

const writeJson = (path: string, value: unknown): Promise<void> =>
  writeFile(path, `${JSON.stringify(value, undefined, 2)}\n`);

/** The password of the administrator whom the first start creates. */
export async function adminPassword(dataDir: string): Promise<string> {
  const text = await readFile(join(dataDir, 'dev-secrets.json'), 'utf8');
  return (JSON.parse(text) as { SALLYPORT_ADMIN_PASSWORD: string }).SALLYPORT_ADMIN_PASSWORD;
}

async function make(
  url: string,
  password: string,
  acme: Awaited<ReturnType<typeof startAcme>>,
): Promise<Omit<Holdings, 'madeAt'>> {
  const api = new ApiClient(url);
  const { accessToken: admin } = await session(api, { email: ADMIN, password });
  const target = { url, issuer: ISSUER, admin };
  const accounts = await makeAccounts(target, acme);
  const grants = await makeGrants(target, accounts.ada);
  const connections = await makeConnections(target);
  const { json } = await expectStatus(200, api.call('/.well-known/jwks.json'));
  const jwks = json as JSONWebKeySet;
  return { issuer: ISSUER, settings: SETTINGS, jwks, accounts, grants, connections };
}
