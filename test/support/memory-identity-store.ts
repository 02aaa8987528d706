import type { AccountId } from '../../shared/ids.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import type { NewAccount } from '../../workers/identity/accounts/account.ts';
import type {
  CreateConflict,
  Identity,
  IdentityName,
  IdentityStore,
  IdentityUse,
  NewIdentity,
  Unlinking,
} from '../../workers/identity/social/identities/identity-store.ts';
import type { MemoryAccountStore } from './memory-account-store.ts';

const keyOf = ({ provider, subject }: IdentityName) => `${provider} ${subject}`;

/** An {@link IdentityStore} in memory, for tests of the routes. */
export class MemoryIdentityStore implements IdentityStore {
  readonly stored = new Map<string, Identity>();
  readonly tokens = new Map<string, string>();
  readonly #accounts: MemoryAccountStore;

  constructor(accounts: MemoryAccountStore) {
    this.#accounts = accounts;
  }

  async find(name: IdentityName): Promise<Identity | undefined> {
    return this.stored.get(keyOf(name));
  }

  async list(accountId: AccountId): Promise<readonly Identity[]> {
    return [...this.stored.values()]
      .filter((one) => one.accountId === accountId)
      .toSorted((a, b) => a.linkedAt - b.linkedAt || keyOf(a).localeCompare(keyOf(b)));
  }

  async createAccount(
    account: NewAccount,
    identity: NewIdentity,
  ): Promise<Result<undefined, CreateConflict>> {
    if (this.stored.has(keyOf(identity))) return err({ reason: 'identity_taken' });
    const created = await this.#accounts.create(account);
    if (!created.ok) return err({ reason: 'email_taken' });
    await this.link(identity);
    return ok(undefined);
  }

  async link({ tokensSealed, ...identity }: NewIdentity): Promise<boolean> {
    if (this.stored.has(keyOf(identity))) return false;
    this.stored.set(keyOf(identity), { ...identity, lastUsedAt: identity.linkedAt });
    if (tokensSealed !== null) this.tokens.set(keyOf(identity), tokensSealed);
    return true;
  }

  async recordUse({ usedAt, tokensSealed, ...use }: IdentityUse): Promise<void> {
    const before = this.stored.get(keyOf(use));
    if (before === undefined) return;
    this.stored.set(keyOf(use), { ...before, ...use, lastUsedAt: usedAt });
    if (tokensSealed !== null) this.tokens.set(keyOf(use), tokensSealed);
  }

  async unlink(accountId: AccountId, name: IdentityName): Promise<Unlinking> {
    if (this.stored.get(keyOf(name))?.accountId !== accountId) return 'unknown';
    const hasPassword = this.#accounts.stored.get(accountId)?.passwordHash != null;
    if (!hasPassword && this.#count(accountId) === 1) return 'last';
    this.stored.delete(keyOf(name));
    return 'unlinked';
  }

  #count(accountId: AccountId): number {
    return [...this.stored.values()].filter((one) => one.accountId === accountId).length;
  }
}
