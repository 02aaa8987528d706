import { neon, neonConfig } from '@neondatabase/serverless';
import { drizzle } from 'drizzle-orm/neon-http';
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';

export type DatabaseSettings = {
  readonly databaseUrl: string;
  /** `host:port` of a local Neon proxy; empty where Neon itself answers. */
  readonly databaseProxy: string;
};

/** What stores query. */
export type Database = PgDatabase<PgQueryResultHKT>;

const TIMEOUT = 10_000;

/** Opens the database for one request: a client holds what belongs to the request that made it. */
export function openDatabase({ databaseUrl, databaseProxy }: DatabaseSettings): Database {
  if (databaseProxy !== '') neonConfig.fetchEndpoint = `http://${databaseProxy}/sql`;
  const client = neon(databaseUrl, { fetchOptions: { signal: AbortSignal.timeout(TIMEOUT) } });
  return drizzle(client);
}
