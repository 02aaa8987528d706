import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, it } from 'vitest';

import { migrations } from '../../../durable-objects/key-ring/key-ring-schema.ts';
import { SqliteKeyRingStore } from '../../../durable-objects/key-ring/key-ring-store.ts';
import { migrate } from '../../../shared/sql/migrate.ts';
import { keyRingStoreContract } from '../../contract/key-ring-store.contract.ts';
import { aNextKey } from '../../support/key-ring-fixture.ts';

function inObject<T>(use: (store: SqliteKeyRingStore) => T): Promise<T> {
  // A name that the object itself never opens, so the database is the test's own.
  const stub = env.KEY_RINGS.getByName(crypto.randomUUID());
  return runInDurableObject(stub, (_, { storage }) => {
    migrate(storage, migrations);
    return use(new SqliteKeyRingStore(storage));
  });
}

keyRingStoreContract('SqliteKeyRingStore', (use) => inObject(use));

describe('the schema', () => {
  it('[KR1] refuses a second next key and a second current key', async ({ expect }) => {
    await inObject((store) => {
      store.add(aNextKey('a', 1));
      expect(() => store.add(aNextKey('b', 2))).toThrow();
      store.activate('a', 7);
      store.add(aNextKey('b', 2));
      expect(() => store.activate('b', 8)).toThrow();
    });
  });

  it('[KR4] refuses a version that was used before', async ({ expect }) => {
    await inObject((store) => {
      store.add(aNextKey('a', 1));
      store.activate('a', 7);
      expect(() => store.add(aNextKey('b', 1))).toThrow();
    });
  });

  it('[KR12] refuses a public key that carries private material', async ({ expect }) => {
    await inObject((store) => {
      const key = aNextKey('a', 1);
      const publicJwk = { ...key.publicJwk, d: 'secret' };
      expect(() => store.add({ ...key, publicJwk })).toThrow();
    });
  });
});
