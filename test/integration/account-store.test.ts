import { inspect } from 'node:util';

import { neon } from '@neondatabase/serverless';
import { drizzle as drizzleNeon } from 'drizzle-orm/neon-http';
import { drizzle } from 'drizzle-orm/node-postgres';
import { beforeAll, expect, it } from 'vitest';

import { migrate } from '../../scripts/local/migrate.ts';
import { PostgresAccountStore } from '../../workers/identity/accounts/account-store.ts';
import { DatabaseFailure } from '../../workers/identity/platform/database.ts';
import { accountStoreContract } from '../contract/account-store.contract.ts';
import { onEachDatabase } from '../support/node/each-database.ts';
import { behindProxy, type LocalNeon, useLocalProxies } from '../support/node/neon-local.ts';

onEachDatabase('accounts', (database) => {
  let neonLocal: LocalNeon;
  beforeAll(async () => {
    await migrate(database());
    useLocalProxies();
    neonLocal = await behindProxy(database());
    return () => neonLocal.close();
  });

  accountStoreContract(
    'Neon over HTTP',
    () => new PostgresAccountStore(drizzleNeon(neon(neonLocal.connectionString))),
  );
});

it('an error does not contain the values of the failed query', async () => {
  const nowhere = new PostgresAccountStore(drizzle('postgresql://postgres@127.0.0.1:1/postgres'));
  const failed: unknown = await nowhere
    .findCredentials('secret@example.com')
    .catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(DatabaseFailure);
  expect(inspect(failed)).not.toContain('secret');
});
