import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { migrations } from '../../../durable-objects/user/user-schema.ts';
import { SqliteUserStore } from '../../../durable-objects/user/user-store.ts';

import { migrate } from '../../../shared/sql/migrate.ts';
import { userStoreContract } from '../../contract/user-store.contract.ts';

userStoreContract('Durable Object SQLite', async (test) => {
  const stub = env.USERS.get(env.USERS.newUniqueId());
  await runInDurableObject(stub, (_, { storage }) => {
    migrate(storage, migrations);
    test(new SqliteUserStore(storage.sql));
  });
});
