import { userRulesContract } from '../../../contract/user-rules.contract.ts';
import { MemoryUserStore } from '../../../support/memory-user-store.ts';

userRulesContract('in memory', 1_000, async (test) => test(() => new MemoryUserStore()));
