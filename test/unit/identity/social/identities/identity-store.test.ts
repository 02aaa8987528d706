import { identityStoreContract } from '../../../../contract/identity-store.contract.ts';
import { MemoryAccountStore } from '../../../../support/memory-account-store.ts';
import { MemoryIdentityStore } from '../../../../support/memory-identity-store.ts';

const accounts = new MemoryAccountStore();
const identities = new MemoryIdentityStore(accounts);
identityStoreContract('in memory', () => ({ accounts, identities }));
