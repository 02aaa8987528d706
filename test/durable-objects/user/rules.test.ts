import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { migrations } from '../../../durable-objects/user/user-schema.ts';
import { SqliteUserStore } from '../../../durable-objects/user/user-store.ts';

import { migrate } from '../../../shared/sql/migrate.ts';
import { userRulesContract } from '../../contract/user-rules.contract.ts';

userRulesContract('Durable Object SQLite', 100, async (test) => {
  const stub = env.USERS.get(env.USERS.newUniqueId());
  await runInDurableObject(stub, (_, { storage }) => {
    migrate(storage, migrations);
    test(() => {
      for (const table of ['sessions', 'families', 'outbox'])
        storage.sql.exec(`DELETE FROM ${table}`);
      return new SqliteUserStore(storage.sql);
    });
  });
});
