import { neon } from '@neondatabase/serverless';
import { drizzle } from 'drizzle-orm/neon-http';
import { Client } from 'pg';
import { beforeAll, expect, inject, it } from 'vitest';

import { migrate } from '../../scripts/local/migrate.ts';
import { newAccountId } from '../../shared/ids.ts';
import { PostgresAccountStore } from '../../workers/identity/accounts/account-store.ts';
import { PostgresIdentityStore } from '../../workers/identity/social/identities/identity-store.ts';
import { identityStoreContract } from '../contract/identity-store.contract.ts';
import { emptyPostgres } from '../support/node/backends.ts';
import { onEachDatabase } from '../support/node/each-database.ts';
import { behindProxy, type LocalNeon, useLocalProxies } from '../support/node/neon-local.ts';
import { notRun } from '../support/node/not-run.ts';

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

  it('deletes the identities of a deleted account', async () => {
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

const postgres = inject('postgresUrl');
if (postgres === null) notRun('PostgreSQL is not installed: simultaneous unlinking');
else simultaneousUnlinking(postgres);

function simultaneousUnlinking(server: string): void {
  const connect = async (database: string) => {
    const client = new Client({ connectionString: database });
    await client.connect();
    return client;
  };

  it('serializes unlinkings of one account', async () => {
    const database = await emptyPostgres(server);
    await migrate(database.connectionString);
    const clients = await Promise.all([1, 2, 3].map(() => connect(database.connectionString)));
    const [first, second, watcher] = clients as [Client, Client, Client];
    const id = newAccountId();
    await first.query(`INSERT INTO identity.accounts (id, email, email_normalized)
      VALUES ('${id}', 'ada@example.test', 'ada@example.test')`);
    await first.query(`INSERT INTO identity.identities (provider, provider_subject, account_id)
      VALUES ('acme', 'a', '${id}'), ('acme', 'b', '${id}')`);
    const unlink = (client: Client, subject: string) =>
      client.query(`SELECT identity.unlink_identity('${id}', 'acme', '${subject}') AS outcome`);

    await first.query('BEGIN');
    expect((await unlink(first, 'a')).rows).toEqual([{ outcome: 'unlinked' }]);
    const progress = { isDone: false };
    const late = unlink(second, 'b').finally(() => {
      progress.isDone = true;
    });
    const isWaiting = async () => {
      const { rows } = await watcher.query('SELECT FROM pg_locks WHERE NOT granted');
      return rows.length > 0;
    };
    while (!progress.isDone && !(await isWaiting())) await new Promise(setImmediate);
    await first.query('COMMIT');
    expect((await late).rows).toEqual([{ outcome: 'last' }]);
    for (const client of clients) await client.end();
    await database.close();
  });
}
