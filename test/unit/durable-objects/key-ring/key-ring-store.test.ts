import { keyRingStoreContract } from '../../../contract/key-ring-store.contract.ts';
import { MemoryKeyRingStore } from '../../../support/key-ring-memory-store.ts';

keyRingStoreContract('MemoryKeyRingStore', async (use) => use(new MemoryKeyRingStore()));
