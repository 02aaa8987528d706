import { neon, neonConfig } from '@neondatabase/serverless';
import { drizzle } from 'drizzle-orm/neon-http';

import { type AccountStore, PostgresAccountStore } from './account-store.ts';

export type DatabaseSettings = {
  readonly databaseUrl: string;
  /** `host:port` of a local Neon proxy; empty where Neon itself answers. */
  readonly databaseProxy: string;
};

const TIMEOUT = 10_000;

/** Opens the accounts for one request: a client holds what belongs to the request that made it. */
export function openAccounts({ databaseUrl, databaseProxy }: DatabaseSettings): AccountStore {
  if (databaseProxy !== '') neonConfig.fetchEndpoint = `http://${databaseProxy}/sql`;
  const client = neon(databaseUrl, { fetchOptions: { signal: AbortSignal.timeout(TIMEOUT) } });
  return new PostgresAccountStore(drizzle(client));
}
