import { userStoreContract } from '../../../contract/user-store.contract.ts';
import { MemoryUserStore } from '../../../support/memory-user-store.ts';

userStoreContract('in memory', async (test) => test(new MemoryUserStore()));
