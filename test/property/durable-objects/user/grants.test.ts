import { userGrantsContract } from '../../../contract/user-grants.contract.ts';
import { MemoryUserStore } from '../../../support/memory-user-store.ts';

userGrantsContract('in memory', 1_000, async (test) => test(() => new MemoryUserStore()));
