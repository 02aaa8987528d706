import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

import { ApiClient } from '../api-client.ts';
import { type Folder, freePort, Instance, temporaryFolder } from '../instance.ts';
import type { Upstream } from '../upstream-provider.ts';
import { acmeSettings, startAcme } from './acme.ts';
import { ageFolder } from './aged-folder.ts';
import { ageTokens } from './aged-token.ts';
import type { Holdings } from './holdings.ts';
import { ADMIN, adminPassword } from './keep-data.ts';
import { unpackFolder } from './kept-folder.ts';
import { sessionIn } from './make-accounts.ts';

/** A kept folder on which this version runs, moved through time as if it had been made just now. */
export class OpenedData implements AsyncDisposable {
  readonly holdings: Holdings;
  readonly api: ApiClient;
  readonly acme: Upstream;
  /** What its objects were stored in before this version ran, by the folder of their class. */
  readonly files: readonly string[];
  /** Of the administrator. */
  readonly password: string;
  readonly #folder: Folder;
  readonly #instance: Instance;

  private constructor(
    opened: Pick<OpenedData, 'holdings' | 'acme' | 'files' | 'password'>,
    folder: Folder,
    instance: Instance,
  ) {
    this.holdings = opened.holdings;
    this.acme = opened.acme;
    this.files = opened.files;
    this.password = opened.password;
    this.api = new ApiClient(instance.url);
    this.#folder = folder;
    this.#instance = instance;
  }

  /** @param kept - A folder with `data.tar.zst` and `holdings.json`. */
  static async open(kept: string): Promise<OpenedData> {
    const folder = await temporaryFolder();
    await unpackFolder(join(kept, 'data.tar.zst'), folder.path);
    const files = objectFiles(folder.path);
    const holdings = await age(folder.path, await readFile(join(kept, 'holdings.json'), 'utf8'));
    const { issuer, settings } = holdings;
    const acme = await startAcme(issuer);
    const env = {
      ...settings,
      ...acmeSettings(acme),
      ISSUER: issuer,
      RATE_LIMIT_SCALE: '100000',
      REGISTRATION_MODE: 'initial_access_token',
    };
    const instance = new Instance({ port: await freePort(), dataDir: folder.path, env });
    const password = await adminPassword(folder.path);
    const opened = new OpenedData({ holdings, acme, files, password }, folder, instance);
    try {
      await instance.ready();
      return opened;
    } catch (error) {
      await opened[Symbol.asyncDispose]();
      throw error;
    }
  }

  get url(): string {
    return this.#instance.url;
  }

  /** Where it is, and how it is known. */
  get target(): { readonly url: string; readonly issuer: string } {
    return { url: this.url, issuer: this.holdings.issuer };
  }

  /** As {@link files}, by now. */
  filesNow(): readonly string[] {
    return objectFiles(this.#folder.path);
  }

  /** A new access token of the administrator. */
  async admin(): Promise<string> {
    const reply = await this.api.login({ email: ADMIN, password: this.password });
    return sessionIn(reply).accessToken;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#instance.signal('SIGKILL');
    await this.acme.close();
    await this.#folder[Symbol.asyncDispose]();
  }
}

const objectFiles = (dataDir: string): readonly string[] => {
  const objects = join(dataDir, 'objects');
  return globSync(`${objects}/*/*/*.sqlite`).map((path) => relative(objects, path));
};

async function age(dataDir: string, text: string): Promise<Holdings> {
  const { madeAt } = JSON.parse(text) as Holdings;
  const bySeconds = Math.floor((Date.now() - madeAt) / 1_000);
  ageFolder(dataDir, { madeAt, bySeconds });
  return JSON.parse(await ageTokens(dataDir, text, bySeconds)) as Holdings;
}
