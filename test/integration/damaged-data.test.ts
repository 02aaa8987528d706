import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  type Folder,
  freePort,
  Instance,
  processesOf,
  runScript,
  temporaryFolder,
} from '../support/node/instance.ts';

let good: Folder;

beforeAll(async () => {
  good = await temporaryFolder();
  const instance = new Instance({ port: await freePort(), dataDir: good.path });
  await instance.ready();
  await instance.signal('SIGINT');
});
afterAll(() => good[Symbol.asyncDispose]());

async function damagedCopy(damage: (folder: string) => Promise<unknown>): Promise<Folder> {
  const folder = await temporaryFolder();
  await cp(good.path, folder.path, { recursive: true });
  await damage(folder.path);
  return folder;
}

async function start(dataDir: string, env: Record<string, string> = {}, cwd?: string) {
  const PORT = String(await freePort());
  const options = { env: { DATA_DIR: dataDir, PORT, ...env }, ...(cwd && { cwd }) };
  return runScript('start.ts', [], options);
}

/** The names and contents of all files of a folder, or of one file. */
async function stateOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  for (const file of files.length === 0 ? [path] : files.toSorted()) {
    hash.update(file).update(await readFile(file));
  }
  return hash.digest('hex');
}

const keyRings = async (folder: string): Promise<readonly string[]> => {
  const rings = join(folder, 'objects/sallyport-keys/sallyport-keys-KeyRingObject');
  const names = (await readdir(rings)).filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name));
  return names.map((name) => join(rings, name));
};

const withoutKey = async (folder: string) => {
  const path = join(folder, 'dev-secrets.json');
  const { PAIRWISE_SUBJECT_KEY: _, ...rest } = JSON.parse(await readFile(path, 'utf8'));
  await writeFile(path, JSON.stringify(rest));
};

const replaceByFile = async (path: string) => {
  await rm(path, { recursive: true });
  await writeFile(path, 'a file');
};

const ANOTHER_KEY = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8';

describe('npm start on data that it cannot use', { timeout: 60_000 }, () => {
  it.each<[string, (folder: string) => Promise<unknown>, RegExp, Record<string, string>?]>([
    [
      'a database without its PG_VERSION',
      (folder) => rm(join(folder, 'postgres/PG_VERSION')),
      /postgres is no complete database: PG_VERSION is missing\. Nothing was changed\. Restore/,
    ],
    [
      'a database of another PostgreSQL',
      (folder) => writeFile(join(folder, 'postgres/PG_VERSION'), '12\n'),
      /postgres is a database of PostgreSQL "12", and this version of Sallyport opens 18/,
    ],
    [
      'a database with a damaged control file',
      (folder) => writeFile(join(folder, 'postgres/global/pg_control'), Buffer.alloc(8192, 7)),
      /postgres cannot be opened\. Restore the data folder from a copy/,
    ],
    [
      'sessions whose database is gone',
      (folder) => rm(join(folder, 'postgres'), { recursive: true }),
      /postgres is gone, but there are sessions of its accounts\. Nothing was changed/,
    ],
    [
      'a file in the place of the folder',
      (folder) => replaceByFile(folder),
      /: a file is where a folder should be: move it away/,
    ],
    [
      'sealed data without secrets',
      (folder) => rm(join(folder, 'dev-secrets.json')),
      /dev-secrets\.json is gone, but there is data that was sealed with it\. Restore the file/,
    ],
    ['secrets of which one is gone', withoutKey, /dev-secrets\.json lacks PAIRWISE_SUBJECT_KEY/],
    [
      'secrets that are no JSON',
      (folder) => writeFile(join(folder, 'dev-secrets.json'), '{"KEY_EN'),
      /Cannot read .*dev-secrets\.json: it is damaged\. Restore it from a copy/,
    ],
    [
      'another key in the environment',
      async () => {},
      /KEY_ENCRYPTION_KEY in the environment is another than in .*dev-secrets\.json/,
      { KEY_ENCRYPTION_KEY: ANOTHER_KEY },
    ],
    [
      'an object whose file is no SQLite database',
      async (folder) => writeFile((await keyRings(folder))[0] ?? '', 'garbage'),
      /\.sqlite is damaged: it is no SQLite database\. Nothing was changed\. Restore/,
    ],
    [
      'a folder of somebody else',
      async (folder) => {
        await rm(folder, { recursive: true });
        await mkdir(folder);
        await writeFile(join(folder, 'thesis.tex'), 'x');
      },
      /is not empty and holds no data of Sallyport \(but thesis\.tex\)\. Set DATA_DIR/,
    ],
  ])('refuses %s in one line, and leaves it as it is', async (_, damage, reason, env) => {
    await using folder = await damagedCopy(damage);
    const before = await stateOf(folder.path);
    const { code, output } = await start(folder.path, env);
    expect([code, output]).toEqual([1, expect.stringMatching(reason)]);
    const lines = output.trimEnd().split('\n');
    expect(lines.filter((line) => !line.endsWith('…'))).toEqual([expect.stringMatching(/^✖ /)]);
    expect(await stateOf(folder.path)).toBe(before);
    expect(processesOf(folder.path)).toEqual([]);
  });

  it('says at once that the content of an object is damaged', async () => {
    await using folder = await damagedCopy(async (path) => {
      for (const ring of await keyRings(path)) {
        const bytes = await readFile(ring);
        await writeFile(ring, bytes.fill(7, 100));
      }
    });
    const { code, output } = await start(folder.path);
    expect([code, output]).toEqual([1, expect.stringMatching(/^✖ The storage of the Durable/m)]);
    expect(output).not.toContain('not healthy after');
    expect(processesOf(folder.path)).toEqual([]);
  });

  it('says at once that the PostgreSQL of DATABASE_URL does not answer', async () => {
    await using folder = await temporaryFolder();
    const host = `127.0.0.1:${await freePort()}`;
    const DATABASE_URL = `postgres://u:hunter2@${host}/d`;
    const { code, output } = await start(folder.path, { DATABASE_URL });
    expect([code, output]).toEqual([
      1,
      expect.stringContaining(`✖ Cannot connect to the PostgreSQL at ${host} (DATABASE_URL)`),
    ]);
    expect(output).not.toMatch(/hunter2|^ {4}at /m);
  });

  it('makes a database anew that was never finished', async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, 'postgres'));
    await writeFile(join(folder.path, 'postgres.incomplete'), '');
    await writeFile(join(folder.path, 'postgres/postgresql.conf'), '');
    const instance = new Instance({ port: await freePort(), dataDir: folder.path });
    await instance.ready();
    expect((await instance.signal('SIGINT')).code).toBe(0);
    expect(await readdir(folder.path)).not.toContain('postgres.incomplete');
  });
});

describe('npm start with settings that are wrong', { timeout: 60_000 }, () => {
  const WRONG = {
    RATE_LIMIT_SCALE: '0',
    RATE_LIMIT_SCAEL: '2',
    ISSUER: 'http://localhost:8787/path',
    REFRESH_SEALING_KEY: 'hunter2',
  };

  it('names all of them, and makes nothing', async () => {
    await using folder = await temporaryFolder();
    const dataDir = join(folder.path, 'data');
    const { code, output } = await start(dataDir, WRONG);
    expect(code).toBe(1);
    expect(output.trimEnd().split('\n')).toEqual([
      '✖ 4 settings are wrong (docs/configuration.md):',
      '  RATE_LIMIT_SCAEL in the environment is no setting: write RATE_LIMIT_SCALE',
      expect.stringMatching(/^ {2}ISSUER="http:\/\/localhost:8787\/path" must be an origin: https/),
      '  RATE_LIMIT_SCALE="0" must be a number above 0, at most 1000000',
      '  REFRESH_SEALING_KEY (a secret, not shown) must be 32 bytes in base64url without padding',
    ]);
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('refuses unknown names in .dev.vars, and reads the others', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, '.dev.vars'), 'RATE_LIMIT_IP=0\nHUB_SHARD=2\nNAME=x\n');
    const { code, output } = await start('data', {}, folder.path);
    expect([code, output.trimEnd().split('\n').slice(1)]).toEqual([
      1,
      [
        '  HUB_SHARD in .dev.vars is no setting: write HUB_SHARDS',
        '  NAME in .dev.vars is no setting',
        '  RATE_LIMIT_IP="0" must be a whole number from 1 to 1000000000',
      ],
    ]);
  });
});

describe('npm run dev:secrets', { timeout: 60_000 }, () => {
  it('stores keys of the environment the first time, and does not replace them', async () => {
    await using folder = await temporaryFolder();
    const env = { DATA_DIR: folder.path, REFRESH_SEALING_KEY: ANOTHER_KEY };
    const run = (more: Record<string, string>) =>
      runScript('dev-secrets.ts', [], { env: { ...env, ...more } });
    const { code, output } = await run({});
    expect([code, output]).toEqual([0, expect.not.stringContaining(ANOTHER_KEY)]);
    const stored = await readFile(join(folder.path, 'dev-secrets.json'), 'utf8');
    expect(JSON.parse(stored)).toMatchObject({ REFRESH_SEALING_KEY: ANOTHER_KEY });
    expect((await run({ REFRESH_SEALING_KEY: ANOTHER_KEY.replace('A', 'B') })).code).toBe(0);
    expect(await readFile(join(folder.path, 'dev-secrets.json'), 'utf8')).toBe(stored);
  });
});
