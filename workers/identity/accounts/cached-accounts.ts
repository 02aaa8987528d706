import { LookupCache } from '../../../shared/cache/lookup-cache.ts';
import { type Clock, minutes, seconds } from '../../../shared/clock.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import type { AccountId } from '../../../shared/ids.ts';
import type { Account } from './account.ts';
import type { AccountStore } from './account-store.ts';

const CACHE = {
  entries: 1_000,
  /** As long as a revocation may take to be seen. */
  freshFor: seconds(5),
  /** How long what was read serves while the database does not answer. */
  staleFor: minutes(10),
} as const;

/**
 * The accounts that this isolate has read to describe their owners. Nothing is decided by them: whether an
 * account is active, or who administers, is asked of the database.
 */
export class CachedAccounts {
  readonly #store: () => Pick<AccountStore, 'find'>;
  readonly #cache: LookupCache<Account>;

  /** @param store - Opens a store for one request. */
  constructor(clock: Clock, store: () => Pick<AccountStore, 'find'>) {
    this.#store = store;
    this.#cache = new LookupCache(CACHE, clock);
  }

  /** @throws {Problem} `SERVICE_UNAVAILABLE` if the database does not answer and nothing is cached. */
  find(id: AccountId): Promise<Account | undefined> {
    return orUnavailable('the database', () =>
      this.#cache.find(id, async () => this.#store().find(id)),
    );
  }
}
