import { eq, sql } from 'drizzle-orm';
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';

import type { Millis } from '../../../shared/clock.ts';
import { AccountId } from '../../../shared/ids.ts';
import { err, ok, type Result } from '../../../shared/result.ts';
import type {
  Account,
  AccountConflict,
  Credentials,
  NewAccount,
  ProfileChange,
} from './account.ts';
import { type AccountRow, accounts, CONFLICTS } from './account-schema.ts';

/**
 * Where accounts live. Every method throws {@link DatabaseFailure} if the database does not answer.
 */
export interface AccountStore {
  /** Of several that claim one address or name at once, one succeeds. */
  create(account: NewAccount): Promise<Result<Account, AccountConflict>>;
  find(id: AccountId): Promise<Account | undefined>;
  findCredentials(emailNormalized: string): Promise<Credentials | undefined>;
  /** `undefined`: there is no such account. */
  changeProfile(
    id: AccountId,
    change: ProfileChange,
    at: Millis,
  ): Promise<Result<Account | undefined, AccountConflict>>;
  recordSignIn(id: AccountId, at: Millis): Promise<void>;
  /** Replaces the hash, unless it was replaced since `from` was read. */
  replacePasswordHash(id: AccountId, from: string, to: string): Promise<void>;
  /** Returns once the database has answered. */
  ping(): Promise<void>;
}

/** The database did not answer, or not as it should. Says nothing of the query's values. */
export class DatabaseFailure extends Error {
  override readonly name = 'DatabaseFailure';
}

export type AccountDatabase = PgDatabase<PgQueryResultHKT>;

/** {@link AccountStore} over PostgreSQL. */
export class PostgresAccountStore implements AccountStore {
  readonly #db: AccountDatabase;

  constructor(db: AccountDatabase) {
    this.#db = db;
  }

  async create(account: NewAccount): Promise<Result<Account, AccountConflict>> {
    const rows = await writing(this.#db.insert(accounts).values(toRow(account)).returning());
    return rows.ok ? ok(only(rows.value)) : rows;
  }

  async find(id: AccountId): Promise<Account | undefined> {
    const [row] = await reading(this.#db.select().from(accounts).where(eq(accounts.id, id)));
    return row && toAccount(row);
  }

  async findCredentials(emailNormalized: string): Promise<Credentials | undefined> {
    const query = this.#db
      .select()
      .from(accounts)
      .where(eq(accounts.emailNormalized, emailNormalized));
    const [row] = await reading(query);
    return row && { account: toAccount(row), passwordHash: row.passwordHash };
  }

  async changeProfile(
    id: AccountId,
    { username, displayName }: ProfileChange,
    at: Millis,
  ): Promise<Result<Account | undefined, AccountConflict>> {
    const names = username === undefined ? {} : usernameColumns(username);
    const shown = displayName === undefined ? {} : { displayName };
    const rows = await writing(
      this.#db
        .update(accounts)
        .set({ ...names, ...shown, updatedAt: new Date(at) })
        .where(eq(accounts.id, id))
        .returning(),
    );
    return rows.ok ? ok(rows.value.map(toAccount)[0]) : rows;
  }

  async recordSignIn(id: AccountId, at: Millis): Promise<void> {
    const lastLoginAt = new Date(at);
    await reading(this.#db.update(accounts).set({ lastLoginAt }).where(eq(accounts.id, id)));
  }

  async replacePasswordHash(id: AccountId, from: string, to: string): Promise<void> {
    const same = sql`${accounts.id} = ${id} AND ${accounts.passwordHash} = ${from}`;
    await reading(this.#db.update(accounts).set({ passwordHash: to }).where(same));
  }

  async ping(): Promise<void> {
    await reading(this.#db.execute(sql`SELECT 1`));
  }
}

async function writing<T>(query: PromiseLike<T>): Promise<Result<T, AccountConflict>> {
  try {
    return ok(await query);
  } catch (error) {
    const reason = conflictOf(error);
    if (reason !== undefined) return err({ reason });
    throw failure(error);
  }
}

async function reading<T>(query: PromiseLike<T>): Promise<T> {
  try {
    return await query;
  } catch (error) {
    throw failure(error);
  }
}

const UNIQUE_VIOLATION = '23505';

/** drizzle wraps what the driver threw: code and constraint are its cause's. */
function conflictOf(error: unknown): AccountConflict['reason'] | undefined {
  const constraint = member(causeOf(error), 'constraint');
  if (codeOf(error) !== UNIQUE_VIOLATION) return undefined;
  return Object.entries(CONFLICTS).find(([name]) => name === constraint)?.[1];
}

/** drizzle's message and PostgreSQL's details quote values: neither may reach a log. */
const failure = (error: unknown): DatabaseFailure =>
  new DatabaseFailure(`Cannot query accounts: ${codeOf(error) ?? 'the database did not answer'}`);

const codeOf = (error: unknown): string | undefined => {
  const code = member(causeOf(error), 'code');
  return typeof code === 'string' ? code : undefined;
};

const causeOf = (error: unknown): unknown =>
  error instanceof Error && error.cause !== undefined ? error.cause : error;

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

function only(rows: readonly AccountRow[]): Account {
  const [row] = rows;
  if (row === undefined) throw new DatabaseFailure('Cannot create an account: no row came back');
  return toAccount(row);
}

function toRow({ id, email, username, displayName, passwordHash, roles, createdAt }: NewAccount) {
  const at = new Date(createdAt);
  return {
    id,
    email: email.display,
    emailNormalized: email.normalized,
    ...usernameColumns(username),
    displayName,
    passwordHash,
    roles: [...roles],
    createdAt: at,
    updatedAt: at,
    lastLoginAt: at,
  };
}

const usernameColumns = (username: string | null) => ({
  username,
  usernameNormalized: username?.toLowerCase() ?? null,
});

function toAccount(row: AccountRow): Account {
  return {
    id: AccountId.restore(row.id),
    email: row.email,
    emailVerified: row.emailVerified,
    username: row.username,
    displayName: row.displayName,
    roles: row.roles,
    status: row.status,
    createdAt: row.createdAt.getTime(),
    updatedAt: row.updatedAt.getTime(),
    lastLoginAt: row.lastLoginAt?.getTime() ?? null,
  };
}
