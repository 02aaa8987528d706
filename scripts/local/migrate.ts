/**
 * Runs the migrations `migrations/<worker>/<ordinal>_<name>.sql` on a PostgreSQL.
 * Each runs once, in its own transaction, and must not be edited afterwards.
 *
 * @module
 */

import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client } from 'pg';

import { withPostgres } from './postgres.ts';

type MigrationFile = Migration & { readonly sql: string };

const FOLDER = join(import.meta.dirname, '../../migrations');
const FILE_NAME = /^\d{4}_[a-z0-9_]+\.sql$/;

/** An arbitrary number, which names the advisory lock that concurrent runs wait for. */
const LOCK = 7_224_508_171;

/**
 * Applies the pending migrations of `folder`. Concurrent runs wait for each other.
 *
 * @returns The migrations that were applied now, as `worker/name`.
 * @throws {Error} If the applied migrations are not the first of those in `folder`, or PostgreSQL
 *   refuses one. That one is rolled back, and earlier ones stay applied.
 */
export async function migrate(
  connectionString: string,
  folder: string = FOLDER,
): Promise<readonly string[]> {
  const declared = await readMigrations(folder);
  return withPostgres(connectionString, async (client) => {
    const applied: string[] = [];
    let next = await step(client, declared);
    while (next !== undefined) {
      applied.push(next);
      next = await step(client, declared);
    }
    return applied;
  });
}

/**
 * Applies the first pending migration, in the transaction that locks and decides which one is pending. A
 * session-level lock would not exclude other runs on PGlite, where all connections share a session.
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
    // Without a connection there is nothing to roll back, and the first error says why.
    await client.query('ROLLBACK').catch(() => {});
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

export type Migration = {
  /** The Worker that owns the schema, which is the folder below `migrations/`. */
  readonly worker: string;
  /** The file's name, such as `0001_accounts.sql`. */
  readonly name: string;
  /** SHA-256 of the file, in hexadecimal. */
  readonly checksum: string;
};

const key = ({ worker, name }: Pick<Migration, 'worker' | 'name'>) => `${worker}/${name}`;

/**
 * Finds the migrations that remain to be run.
 *
 * @param declared The migrations in the order in which they run.
 * @returns The members of `declared` that are not in `applied`, in order.
 * @throws {Error} If an applied migration is missing or was edited, or a new one comes before an
 *   applied one of its Worker.
 */
export function pendingMigrations<M extends Migration>(
  declared: readonly M[],
  applied: readonly Migration[],
): readonly M[] {
  const byKey = new Map(declared.map((migration) => [key(migration), migration]));
  for (const old of applied) {
    const checksum = byKey.get(key(old))?.checksum;
    if (checksum === undefined) throw new Error(`Cannot migrate: applied ${key(old)} is gone`);
    if (checksum !== old.checksum) {
      throw new Error(`Cannot migrate: ${key(old)} was edited after it was applied`);
    }
  }
  const done = new Set(applied.map(key));
  const pending = declared.filter((migration) => !done.has(key(migration)));
  for (const migration of pending) refuseInsertion(migration, applied);
  return pending;
}

function refuseInsertion(added: Migration, applied: readonly Migration[]): void {
  const later = applied.find(({ worker, name }) => worker === added.worker && name > added.name);
  if (later !== undefined) {
    throw new Error(`Cannot migrate: ${key(added)} comes before applied ${key(later)}`);
  }
}
