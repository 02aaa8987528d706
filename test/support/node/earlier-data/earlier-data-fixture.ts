import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

import { ApiClient } from '../api-client.ts';
import { type Folder, freePort, Instance, temporaryFolder } from '../instance.ts';
import type { Upstream } from '../upstream-provider.ts';
import { acmeSettings, startAcme } from './acme.ts';
import { unpackFolder } from './archive.ts';
import type { Holdings } from './holdings.ts';
import { sessionIn } from './make-accounts.ts';
import { ADMIN, adminPassword } from './record-data.ts';
import { shiftFolder } from './shift-folder.ts';
import { shiftTokens } from './shift-tokens.ts';

/** This version, running on a recorded folder whose times are shifted to today. */
export class EarlierDataFixture implements AsyncDisposable {
  readonly holdings: Holdings;
  readonly api: ApiClient;
  readonly acme: Upstream;
  /** The files of its objects before this version ran, below the folder of their class. */
  readonly files: readonly string[];
  /** The administrator's password. */
  readonly password: string;
  readonly #folder: Folder;
  readonly #instance: Instance;

  private constructor(
    opened: Pick<EarlierDataFixture, 'holdings' | 'acme' | 'files' | 'password'>,
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

  /** @param recorded - A folder with `data.tar.zst` and `holdings.json`. */
  static async open(recorded: string): Promise<EarlierDataFixture> {
    const folder = await temporaryFolder();
    await unpackFolder(join(recorded, 'data.tar.zst'), folder.path);
    const files = objectFiles(folder.path);
    const holdings = await shiftToToday(
      folder.path,
      await readFile(join(recorded, 'holdings.json'), 'utf8'),
    );
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
    const opened = new EarlierDataFixture({ holdings, acme, files, password }, folder, instance);
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

  /** The address and the issuer of the instance. */
  get target(): { readonly url: string; readonly issuer: string } {
    return { url: this.url, issuer: this.holdings.issuer };
  }

  /** The current files of its objects, as in {@link files}. */
  filesNow(): readonly string[] {
    return objectFiles(this.#folder.path);
  }

  /** Signs the administrator in and returns the access token. */
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

async function shiftToToday(dataDir: string, text: string): Promise<Holdings> {
  const { madeAt } = JSON.parse(text) as Holdings;
  const bySeconds = Math.floor((Date.now() - madeAt) / 1_000);
  shiftFolder(dataDir, { madeAt, bySeconds });
  return JSON.parse(await shiftTokens(dataDir, text, bySeconds)) as Holdings;
}
