import { revocationStoreContract } from '../../../contract/revocation-store.contract.ts';
import { MemoryRevocationStore } from '../../../support/memory-revocation-store.ts';

revocationStoreContract('in memory', async (test) => test(new MemoryRevocationStore('epoch-1')));
