import { accountStoreContract } from '../../../contract/account-store.contract.ts';
import { MemoryAccountStore } from '../../../support/memory-account-store.ts';

const store = new MemoryAccountStore();
accountStoreContract('in memory', () => store);
