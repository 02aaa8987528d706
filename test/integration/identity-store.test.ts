import { neon } from '@neondatabase/serverless';
import { drizzle } from 'drizzle-orm/neon-http';
import { beforeAll, expect, it } from 'vitest';

import { migrate } from '../../scripts/local/migrate.ts';
import { newAccountId } from '../../shared/ids.ts';
import { PostgresAccountStore } from '../../workers/identity/accounts/account-store.ts';
import { PostgresIdentityStore } from '../../workers/identity/social/identities/postgres-identity-store.ts';
import { identityStoreContract } from '../contract/identity-store.contract.ts';
import { onEachDatabase } from '../support/node/each-database.ts';
import { behindProxy, type LocalNeon, useLocalProxies } from '../support/node/neon-local.ts';

onEachDatabase('identities', (database) => {
  let neonLocal: LocalNeon;
  beforeAll(async () => {
    await migrate(database());
    useLocalProxies();
    neonLocal = await behindProxy(database(), 4);
    return () => neonLocal.close();
  });

  const open = () => drizzle(neon(neonLocal.connectionString));

  identityStoreContract('Neon over HTTP', () => ({
    identities: new PostgresIdentityStore(open()),
    accounts: new PostgresAccountStore(open()),
  }));

  it('forgets the identities of an account that is deleted', async () => {
    const id = newAccountId();
    const address = `${id}@example.test`;
    const name = { provider: 'acme', subject: id };
    const store = new PostgresIdentityStore(open());
    await store.createAccount(
      {
        id,
        email: { display: address, normalized: address },
        username: null,
        displayName: null,
        passwordHash: null,
        roles: ['user'],
        createdAt: 0,
      },
      {
        ...name,
        accountId: id,
        email: null,
        emailVerified: false,
        displayName: null,
        tokensSealed: null,
        linkedAt: 0,
      },
    );
    await neon(neonLocal.connectionString)`DELETE FROM identity.accounts WHERE id = ${id}`;
    expect(await store.find(name)).toBeUndefined();
  });
});
