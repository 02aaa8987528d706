/** The databases and servers of the integration tests, and functions that make new ones. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client } from 'pg';

import { type Database, startPglite } from '../../../scripts/local/pglite.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A migrated PGlite, which tests share unless they need a database of their own. */
    databaseUrl: string;
    /** `host:port` of the Neon proxy in front of it. */
    databaseProxy: string;
    /** A real PostgreSQL; `null` if none is installed. */
    postgresUrl: string | null;
    /** The Unix socket of a real Redis; `null` if none is installed. */
    redisSocket: string | null;
  }
}

/** Starts a new, empty PGlite. */
export async function emptyPglite(): Promise<Database> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sallyport-pglite-'));
  const database = await startPglite({ dataDir });
  return {
    connectionString: database.connectionString,
    async close() {
      await database.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Creates an empty database in a real PostgreSQL. */
export async function emptyPostgres(server: string): Promise<Database> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await administer(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    connectionString: url.href,
    close: () => administer(server, `DROP DATABASE ${name} WITH (FORCE)`),
  };
}

async function administer(connectionString: string, statement: string): Promise<void> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
