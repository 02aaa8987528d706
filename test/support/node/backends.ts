/** What integration tests run against, and how to get one of your own. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Client } from 'pg';

import { type Database, startPglite } from '../../../scripts/local/pglite.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** PGlite, migrated: every test that needs no database to itself shares it. */
    databaseUrl: string;
    /** `host:port` of the Neon proxy before it. */
    databaseProxy: string;
    /** A real PostgreSQL; `null` where none is installed. */
    postgresUrl: string | null;
    /** The Unix socket of a real Redis; `null` where none is installed. */
    redisSocket: string | null;
  }
}

/** An empty PGlite of your own. */
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

/** An empty database of your own in a real PostgreSQL. */
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
