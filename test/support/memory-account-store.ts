import type { AccountId } from '../../shared/ids.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import {
  type Account,
  type AccountConflict,
  type AccountStatus,
  type Credentials,
  detailsOf,
  type NewAccount,
  type ProfileChange,
  type RolesConflict,
  type SomeDetails,
} from '../../workers/identity/accounts/account.ts';
import type { AccountStore } from '../../workers/identity/accounts/account-store.ts';

type Stored = { account: Account; emailNormalized: string; passwordHash: string | null };

/** An {@link AccountStore} in memory, for tests of the routes. */
export class MemoryAccountStore implements AccountStore {
  readonly stored = new Map<AccountId, Stored>();

  async create(account: NewAccount): Promise<Result<Account, AccountConflict>> {
    const { id, email, username, displayName, roles, passwordHash, createdAt: at } = account;
    for (const { emailNormalized } of this.stored.values()) {
      if (emailNormalized === email.normalized) return err({ reason: 'email_taken' });
    }
    if (this.#isTaken(username, id)) return err({ reason: 'username_taken' });
    const created: Account = {
      id,
      email: email.display,
      emailVerified: account.emailVerified ?? false,
      username,
      displayName,
      ...detailsOf(account),
      roles,
      status: 'active',
      version: 0,
      credentialsVersion: 0,
      createdAt: at,
      updatedAt: at,
      lastLoginAt: at,
    };
    this.stored.set(id, { account: created, emailNormalized: email.normalized, passwordHash });
    return ok(created);
  }

  async find(id: AccountId): Promise<Account | undefined> {
    return this.stored.get(id)?.account;
  }

  async findCredentials(emailNormalized: string): Promise<Credentials | undefined> {
    const found = [...this.stored.values()].find((one) => one.emailNormalized === emailNormalized);
    return found && { account: found.account, passwordHash: found.passwordHash };
  }

  async changeProfile(
    id: AccountId,
    change: ProfileChange,
    updatedAt: number,
  ): Promise<Result<Account | undefined, AccountConflict>> {
    if (change.username !== undefined && this.#isTaken(change.username, id)) {
      return err({ reason: 'username_taken' });
    }
    const named = Object.entries(change).filter(([, value]) => value !== undefined);
    this.#change(id, (one) => ({
      ...one,
      account: { ...one.account, ...Object.fromEntries(named), updatedAt },
    }));
    return ok(this.stored.get(id)?.account);
  }

  async fillDetails(
    id: AccountId,
    details: SomeDetails,
    updatedAt: number,
  ): Promise<Account | undefined> {
    const reported = detailsOf(details);
    this.#change(id, (one) => {
      const { firstName, lastName, company, avatarUrl } = one.account;
      const filled = {
        firstName: firstName ?? reported.firstName,
        lastName: lastName ?? reported.lastName,
        company: company ?? reported.company,
        avatarUrl: avatarUrl ?? reported.avatarUrl,
      };
      return { ...one, account: { ...one.account, ...filled, updatedAt } };
    });
    return this.stored.get(id)?.account;
  }

  async changeRoles(
    id: AccountId,
    roles: readonly string[],
    updatedAt: number,
  ): Promise<Result<Account | undefined, RolesConflict>> {
    const isLast = [...this.stored.values()]
      .map(({ account }) => account)
      .filter((account) => account.roles.includes('admin') && account.status === 'active')
      .every((account) => account.id === id);
    const found = this.stored.get(id)?.account;
    const isDemoted = found?.status === 'active' && found.roles.includes('admin');
    if (isDemoted && isLast && !roles.includes('admin'))
      return err({ reason: 'last_administrator' });
    this.#change(id, (one) => ({ ...one, account: { ...next(one.account), roles, updatedAt } }));
    return ok(this.stored.get(id)?.account);
  }

  async changeStatus(
    id: AccountId,
    status: AccountStatus,
    updatedAt: number,
  ): Promise<Result<Account | undefined, RolesConflict>> {
    const administrators = [...this.stored.values()]
      .map(({ account }) => account)
      .filter((account) => account.roles.includes('admin') && account.status === 'active');
    const isLast = administrators.length === 1 && administrators[0]?.id === id;
    if (isLast && status === 'disabled') return err({ reason: 'last_administrator' });
    this.#change(id, (one) => ({ ...one, account: { ...next(one.account), status, updatedAt } }));
    return ok(this.stored.get(id)?.account);
  }

  async recordSignIn(id: AccountId, lastLoginAt: number): Promise<void> {
    this.#change(id, (one) => ({ ...one, account: { ...one.account, lastLoginAt } }));
  }

  async replacePasswordHash(id: AccountId, from: string, to: string): Promise<void> {
    this.#change(id, (one) => (one.passwordHash === from ? { ...one, passwordHash: to } : one));
  }

  async changePassword(
    { id, credentialsVersion }: Pick<Account, 'id' | 'credentialsVersion'>,
    passwordHash: string,
    updatedAt: number,
  ): Promise<Account | undefined> {
    if (this.stored.get(id)?.account.credentialsVersion !== credentialsVersion) return undefined;
    this.#change(id, (one) => {
      const account = { ...next(one.account), updatedAt };
      return { ...one, passwordHash, account: { ...account, credentialsVersion: account.version } };
    });
    return this.stored.get(id)?.account;
  }

  async ping(): Promise<void> {}

  #change(id: AccountId, change: (stored: Stored) => Stored): void {
    const stored = this.stored.get(id);
    if (stored !== undefined) this.stored.set(id, change(stored));
  }

  #isTaken(username: string | null, by: AccountId): boolean {
    if (username === null) return false;
    return [...this.stored.values()].some(
      ({ account }) =>
        account.id !== by && account.username?.toLowerCase() === username.toLowerCase(),
    );
  }
}

const next = (account: Account): Account => ({ ...account, version: account.version + 1 });
