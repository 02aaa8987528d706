import { outboxStoreContract } from '../../../contract/outbox-store.contract.ts';
import { MemoryOutboxStore } from '../../../support/memory-outbox-store.ts';

outboxStoreContract('in memory', async (test) => test(new MemoryOutboxStore()));
