import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';

import { SqliteQueueStore } from '../../../durable-objects/queue/queue-store.ts';
import { queueStoreContract } from '../../contract/queue-store.contract.ts';

queueStoreContract('Durable Object SQLite', async (test) => {
  const stub = env.QUEUES.get(env.QUEUES.newUniqueId());
  await runInDurableObject(stub, (_, { storage }) => {
    const open = () => new SqliteQueueStore(storage.sql);
    test(open(), open);
  });
});
