/**
 * Looks at an instance's data folder before anything is opened in it. What is damaged or not ours is
 * refused and left as it is, because a later start might write an empty database over it.
 *
 * @module
 */

import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What `npm start` makes in its folder. */
const OURS: ReadonlySet<string> = new Set([
  'dev-secrets.json',
  'instance.lock',
  'logs',
  'objects',
  'postgres',
  'postgres.incomplete',
  'postgres.lock',
  'workerd.capnp',
  'workerd.pid',
]);

/**
 * Makes the folder, if there is none, for its owner alone, because PGlite's files are readable by all
 * users.
 *
 * @throws {Error} If it cannot be written, or holds something else than an instance's data.
 */
export async function openDataFolder(dataDir: string): Promise<void> {
  await makeFolder(dataDir);
  const names = (await readdir(dataDir)).filter((name) => name !== '.DS_Store');
  if (names.length > 0 && !names.some((name) => OURS.has(name))) {
    throw new Error(
      `${dataDir} is not empty and holds no data of Sallyport (but ${names[0]}). ` +
        'Set DATA_DIR to an empty folder, or to one that does not exist.',
    );
  }
  await assertWritable(dataDir);
}

/** Node's own recursion does not end where the system refuses a folder as `/proc` does. */
async function makeFolder(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return;
  if (found === undefined && dirname(path) !== path) await makeFolder(dirname(path));
  await mkdir(path, { mode: 0o700 });
}

/** A disk may take a name and no content, so some is written. */
async function assertWritable(dataDir: string): Promise<void> {
  const probe = join(dataDir, `.probe-${process.pid}`);
  try {
    await writeFile(probe, Buffer.alloc(PROBE_BYTES));
  } catch (error) {
    // The error is about the folder: nobody knows the file.
    if (error instanceof Error) Object.assign(error, { path: dataDir });
    throw error;
  } finally {
    await rm(probe, { force: true }).catch(() => {});
  }
}

/** Of an empty database. A disk that cannot take them would break PGlite half-way. */
const PROBE_BYTES = 64 * 1024;

/** Whether an instance has stored data that is sealed with its secrets. */
export async function hasSealedData(dataDir: string): Promise<boolean> {
  const isIncomplete = existsSync(join(dataDir, 'postgres.incomplete'));
  const names = isIncomplete ? ['objects'] : ['postgres', 'objects'];
  const folders = names.map((name) => filesIn(join(dataDir, name)));
  return (await Promise.all(folders)).some((files) => files.length > 0);
}

/**
 * Looks whether the embedded database is there, if there ever was one: the objects hold sessions and
 * grants of its accounts, and an empty database in its place would lose all accounts without a word.
 *
 * @throws {Error} If it is gone.
 */
export async function assertNotLost(dataDir: string): Promise<void> {
  const database = join(dataDir, 'postgres');
  if (existsSync(`${database}.incomplete`) || (await filesIn(database)).length > 0) return;
  if ((await filesIn(join(dataDir, 'objects'))).length === 0) return;
  throw new Error(
    `${database} is gone, but there are sessions of its accounts. ${UNTOUCHED} ` +
      'If the accounts are in another PostgreSQL, set DATABASE_URL.',
  );
}

/**
 * Looks at the folder of a PGlite.
 *
 * @throws {Error} If it is neither empty nor a database that this PGlite can open.
 */
export async function assertDatabase(folder: string): Promise<void> {
  const names = await readdir(folder);
  if (names.length === 0) return;
  const version = await readFile(join(folder, 'PG_VERSION'), 'utf8').catch(() => undefined);
  const absent = DATABASE_PARTS.filter((name) => !names.includes(name));
  if (version === undefined || absent.length > 0) {
    throw new Error(
      `${folder} is no complete database: ${absent.join(', ')} is missing. ${UNTOUCHED}`,
    );
  }
  if (version.trim() !== POSTGRES_VERSION) {
    throw new Error(
      `${folder} is a database of PostgreSQL ${JSON.stringify(version.trim().slice(0, 20))}, and ` +
        `this version of Sallyport opens ${POSTGRES_VERSION}. ${UNTOUCHED}`,
    );
  }
}

/** What to do about a damaged part. */
export const RESTORE =
  'Restore the data folder from a copy, or set DATA_DIR to another folder to begin anew.';

const UNTOUCHED = `Nothing was changed. ${RESTORE}`;

const DATABASE_PARTS = ['PG_VERSION', 'base', 'global', 'pg_wal'];
const POSTGRES_VERSION = '18';

/**
 * Looks at the files of the Durable Objects, at the head of each alone.
 *
 * @throws {Error} If one is no SQLite database.
 */
export async function assertObjects(folder: string): Promise<void> {
  for (const path of await filesIn(folder)) {
    if (path.endsWith('.sqlite') && !(await isSqlite(path))) {
      throw new Error(`${path} is damaged: it is no SQLite database. ${UNTOUCHED}`);
    }
  }
}

const SQLITE_HEAD = 'SQLite format 3\0';
const PAGE_SIZE_AT = 16;

/** An empty file is a database to which nothing was written before the process ended. */
async function isSqlite(path: string): Promise<boolean> {
  await using file = await open(path);
  const { size } = await file.stat();
  const { buffer, bytesRead } = await file.read(Buffer.alloc(18), 0, 18, 0);
  if (size === 0) return true;
  if (bytesRead < 18 || buffer.toString('latin1', 0, PAGE_SIZE_AT) !== SQLITE_HEAD) return false;
  // 1 stands for 65,536 (https://www.sqlite.org/fileformat.html §1.3.2).
  const declared = buffer.readUInt16BE(PAGE_SIZE_AT);
  return size % (declared === 1 ? 65_536 : declared) === 0;
}

async function filesIn(folder: string): Promise<readonly string[]> {
  const { isDirectory } = await stat(folder).then(
    (found) => ({ isDirectory: found.isDirectory() }),
    () => ({ isDirectory: false }),
  );
  if (!isDirectory) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
