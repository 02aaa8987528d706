import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, it } from 'vitest';

import { migrations } from '../../../durable-objects/user/user-schema.ts';
import { migrate } from '../../../shared/sql/migrate.ts';
import { SqliteOutboxStore } from '../../../shared/sql/outbox-store.ts';
import { outboxStoreContract } from '../../contract/outbox-store.contract.ts';

async function withSql(test: (sql: SqlStorage) => void): Promise<void> {
  const stub = env.USERS.get(env.USERS.newUniqueId());
  await runInDurableObject(stub, (_, { storage }) => {
    migrate(storage, migrations);
    test(storage.sql);
  });
}

outboxStoreContract('Durable Object SQLite', async (test) =>
  withSql((sql) => test(new SqliteOutboxStore(sql, ['a', 'b']))),
);

describe('SqliteOutboxStore', () => {
  it('refuses a row for a destination that it does not know', ({ expect }) =>
    withSql((sql) => {
      new SqliteOutboxStore(sql, ['c']).add({
        destination: 'c',
        payload: {},
        dueAt: 0,
        expiresAt: null,
      });
      const store = new SqliteOutboxStore(sql, ['a', 'b']);
      expect(() => store.waiting()).toThrow('Cannot deliver to "c"');
    }));
});
