/**
 * PostgreSQL migrations: `migrations/<worker>/<ordinal>_<name>.sql`, each run once, in its own
 * transaction, and never edited afterwards.
 *
 * `npm run migrate` runs them on `DATABASE_URL`.
 *
 * @module
 */

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { Client } from 'pg';

import { type Migration, pendingMigrations } from './migration-history.ts';

type MigrationFile = Migration & { readonly sql: string };

const FOLDER = join(import.meta.dirname, '../../migrations');
const FILE_NAME = /^\d{4}_[a-z0-9_]+\.sql$/;

/** Any number: it names the advisory lock that concurrent runs wait for. */
const LOCK = 7_224_508_171;

/**
 * Brings the database up to the files in `folder`. Concurrent runs wait for each other.
 *
 * @returns What was applied now, as `worker/name`.
 * @throws {Error} If the applied history is not the beginning of the declared one; or what
 *   PostgreSQL says of a migration, which is then rolled back. Earlier ones stay applied.
 */
export async function migrate(
  connectionString: string,
  folder: string = FOLDER,
): Promise<readonly string[]> {
  const declared = await readMigrations(folder);
  const client = new Client({ connectionString });
  await client.connect();
  try {
    const applied: string[] = [];
    let next = await step(client, declared);
    while (next !== undefined) {
      applied.push(next);
      next = await step(client, declared);
    }
    return applied;
  } finally {
    await client.end();
  }
}

/**
 * Applies the first pending migration. What is pending is decided under the lock, in the transaction
 * that applies it: a lock held by the session would exclude nobody on PGlite, where all share one.
 */
async function step(
  client: Client,
  declared: readonly MigrationFile[],
): Promise<string | undefined> {
  await client.query('BEGIN');
  try {
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    const [next] = pendingMigrations(declared, await history(client));
    if (next !== undefined) await apply(client, next);
    await client.query('COMMIT');
    return next && `${next.worker}/${next.name}`;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

async function history(client: Client): Promise<readonly Migration[]> {
  await client.query(`CREATE TABLE IF NOT EXISTS public.sallyport_migrations (
    worker text NOT NULL,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (worker, name)
  )`);
  const { rows } = await client.query<Migration>(
    'SELECT worker, name, checksum FROM public.sallyport_migrations',
  );
  return rows;
}

async function apply(client: Client, file: MigrationFile): Promise<void> {
  const { worker, name, checksum, sql } = file;
  try {
    await client.query(sql);
  } catch (error) {
    throw new Error(`Cannot apply ${worker}/${name}`, { cause: error });
  }
  await client.query(
    'INSERT INTO public.sallyport_migrations (worker, name, checksum) VALUES ($1, $2, $3)',
    [worker, name, checksum],
  );
}

async function readMigrations(folder: string): Promise<readonly MigrationFile[]> {
  const workers = (await readdir(folder, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .toSorted();
  const files = await Promise.all(workers.map((worker) => readFolder(folder, worker)));
  return files.flat();
}

async function readFolder(folder: string, worker: string): Promise<readonly MigrationFile[]> {
  const names = (await readdir(join(folder, worker))).toSorted();
  for (const name of names) {
    if (!FILE_NAME.test(name)) throw new Error(`Cannot migrate: ${worker}/${name} is no migration`);
  }
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(folder, worker, name), 'utf8');
      return { worker, name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

if (import.meta.main) {
  const connectionString = process.env['DATABASE_URL'];
  if (!connectionString) throw new Error('Cannot migrate: DATABASE_URL is not set');
  const applied = await migrate(connectionString);
  console.log(applied.length === 0 ? 'Nothing to migrate.' : `Applied ${applied.join(', ')}.`);
}
