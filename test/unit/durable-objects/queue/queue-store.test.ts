import { queueStoreContract } from '../../../contract/queue-store.contract.ts';
import { MemoryQueueStore } from '../../../support/memory-queue-store.ts';

queueStoreContract('memory', async (test) => {
  const store = new MemoryQueueStore();
  test(store, () => store);
});
