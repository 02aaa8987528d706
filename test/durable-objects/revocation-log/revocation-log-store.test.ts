import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';

import { migrations } from '../../../durable-objects/revocation-log/revocation-log-schema.ts';
import { SqliteRevocationStore } from '../../../durable-objects/revocation-log/revocation-log-store.ts';
import { migrate } from '../../../shared/sql/migrate.ts';
import { revocationStoreContract } from '../../contract/revocation-store.contract.ts';

revocationStoreContract('Durable Object SQLite', async (test) => {
  const stub = env.REVOCATION_LOGS.get(env.REVOCATION_LOGS.newUniqueId());
  await runInDurableObject(stub, (_, { storage }) => {
    migrate(storage, migrations);
    const store = new SqliteRevocationStore(storage.sql);
    store.name('epoch-1');
    store.name('epoch-2');
    test(store);
  });
});
