import { and, eq, sql } from 'drizzle-orm';
import { bigint, boolean, pgSchema, text, uuid } from 'drizzle-orm/pg-core';
import type { Millis } from '../../../shared/clock.ts';
import { ADMINISTRATOR } from '../../../shared/contracts/identity/oauth-terms.ts';
import { AccountId } from '../../../shared/ids.ts';
import { err, ok, type Result } from '../../../shared/result.ts';
import {
  type Database,
  DatabaseFailure,
  instant,
  querying,
  writing as writingTo,
} from '../platform/database.ts';
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
} from './account.ts';

/** `migrations/identity` is the truth (0001, 0007, 0009); this is what queries know of it. */
export const accounts = pgSchema('identity').table('accounts', {
  id: uuid('id').primaryKey(),
  email: text('email').notNull(),
  emailNormalized: text('email_normalized').notNull(),
  emailVerified: boolean('email_verified').notNull().default(false),
  username: text('username'),
  usernameNormalized: text('username_normalized'),
  displayName: text('display_name'),
  firstName: text('first_name'),
  lastName: text('last_name'),
  company: text('company'),
  avatarUrl: text('avatar_url'),
  passwordHash: text('password_hash'),
  roles: text('roles').array().notNull(),
  status: text('status', { enum: ['active', 'disabled'] })
    .notNull()
    .default('active'),
  version: bigint('version', { mode: 'number' }).notNull().default(0),
  credentialsVersion: bigint('credentials_version', { mode: 'number' }).notNull().default(0),
  createdAt: instant('created_at').notNull(),
  updatedAt: instant('updated_at').notNull(),
  lastLoginAt: instant('last_login_at'),
});

type AccountRow = typeof accounts.$inferSelect;
type AccountInsert = typeof accounts.$inferInsert;

/** What breaking a unique constraint means. */
const CONFLICTS = {
  accounts_email_unique: 'email_taken',
  accounts_username_unique: 'username_taken',
} as const;

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
  /** Sets those details that the account has not, and leaves the others. `undefined`: no such account. */
  fillDetails(id: AccountId, details: SomeDetails, at: Millis): Promise<Account | undefined>;
  /**
   * `undefined`: there is no such account. Of administrators who demote each other at once, one stays.
   */
  changeRoles(
    id: AccountId,
    roles: readonly string[],
    at: Millis,
  ): Promise<Result<Account | undefined, RolesConflict>>;
  /**
   * `undefined`: there is no such account. Of administrators who disable each other at once, one stays.
   */
  changeStatus(
    id: AccountId,
    status: AccountStatus,
    at: Millis,
  ): Promise<Result<Account | undefined, RolesConflict>>;
  recordSignIn(id: AccountId, at: Millis): Promise<void>;
  /** Replaces the hash, unless it was replaced since `from` was read. */
  replacePasswordHash(id: AccountId, from: string, to: string): Promise<void>;
  /**
   * Replaces the password, unless it was replaced since the account was read. `undefined`: it was, or
   * there is no such account.
   */
  changePassword(
    { id, credentialsVersion }: Pick<Account, 'id' | 'credentialsVersion'>,
    passwordHash: string,
    at: Millis,
  ): Promise<Account | undefined>;
  /** Returns once the database has answered. */
  ping(): Promise<void>;
}

/** {@link AccountStore} over PostgreSQL. */
export class PostgresAccountStore implements AccountStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async create(account: NewAccount): Promise<Result<Account, AccountConflict>> {
    const rows = await writing(this.#db.insert(accounts).values(accountRow(account)).returning());
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
    { username, ...change }: ProfileChange,
    at: Millis,
  ): Promise<Result<Account | undefined, AccountConflict>> {
    const names = username === undefined ? {} : usernameColumns(username);
    const rows = await writing(
      this.#db
        .update(accounts)
        // A member that is `undefined` is not written.
        .set({ ...names, ...change, updatedAt: new Date(at) })
        .where(eq(accounts.id, id))
        .returning(),
    );
    return rows.ok ? ok(rows.value.map(toAccount)[0]) : rows;
  }

  async fillDetails(id: AccountId, details: SomeDetails, at: Millis): Promise<Account | undefined> {
    const { firstName, lastName, company, avatarUrl } = detailsOf(details);
    const [row] = await reading(
      this.#db
        .update(accounts)
        .set({
          firstName: sql`COALESCE(${accounts.firstName}, ${firstName})`,
          lastName: sql`COALESCE(${accounts.lastName}, ${lastName})`,
          company: sql`COALESCE(${accounts.company}, ${company})`,
          avatarUrl: sql`COALESCE(${accounts.avatarUrl}, ${avatarUrl})`,
          updatedAt: new Date(at),
        })
        .where(eq(accounts.id, id))
        .returning(),
    );
    return row && toAccount(row);
  }

  async changeRoles(
    id: AccountId,
    roles: readonly string[],
    at: Millis,
  ): Promise<Result<Account | undefined, RolesConflict>> {
    const change = { roles: [...roles], updatedAt: new Date(at) };
    return this.#changeUnlessLast(id, change, roles.includes(ADMINISTRATOR));
  }

  async changeStatus(
    id: AccountId,
    status: AccountStatus,
    at: Millis,
  ): Promise<Result<Account | undefined, RolesConflict>> {
    return this.#changeUnlessLast(id, { status, updatedAt: new Date(at) }, status === 'active');
  }

  /** @param staysAdministrator - Whether whoever administers still does after the change. */
  async #changeUnlessLast(
    id: AccountId,
    change:
      | Pick<AccountInsert, 'roles' | 'updatedAt'>
      | Pick<AccountInsert, 'status' | 'updatedAt'>,
    staysAdministrator: boolean,
  ): Promise<Result<Account | undefined, RolesConflict>> {
    // Locks the administrators in one order: a change at the same time waits, and counts them again.
    const administrators = this.#db
      .$with('administrators')
      .as(
        this.#db
          .select({ id: accounts.id })
          .from(accounts)
          .where(IS_ADMINISTRATOR)
          .orderBy(accounts.id)
          .for('update'),
      );
    const staysOne = sql`(${staysAdministrator} OR NOT ${IS_ADMINISTRATOR}
      OR EXISTS (SELECT 1 FROM ${administrators} WHERE ${administrators.id} <> ${id}))`;
    const [row] = await reading(
      this.#db
        .with(administrators)
        .update(accounts)
        .set({ ...change, version: NEXT_VERSION })
        .where(and(eq(accounts.id, id), staysOne))
        .returning(),
    );
    if (row !== undefined) return ok(toAccount(row));
    const found = await this.find(id);
    return found === undefined ? ok(undefined) : err({ reason: 'last_administrator' });
  }

  async recordSignIn(id: AccountId, at: Millis): Promise<void> {
    const lastLoginAt = new Date(at);
    await reading(this.#db.update(accounts).set({ lastLoginAt }).where(eq(accounts.id, id)));
  }

  async replacePasswordHash(id: AccountId, from: string, to: string): Promise<void> {
    const same = sql`${accounts.id} = ${id} AND ${accounts.passwordHash} = ${from}`;
    await reading(this.#db.update(accounts).set({ passwordHash: to }).where(same));
  }

  async changePassword(
    { id, credentialsVersion }: Pick<Account, 'id' | 'credentialsVersion'>,
    passwordHash: string,
    at: Millis,
  ): Promise<Account | undefined> {
    const versions = { version: NEXT_VERSION, credentialsVersion: NEXT_VERSION };
    const [row] = await reading(
      this.#db
        .update(accounts)
        .set({ passwordHash, ...versions, updatedAt: new Date(at) })
        .where(and(eq(accounts.id, id), eq(accounts.credentialsVersion, credentialsVersion)))
        .returning(),
    );
    return row && toAccount(row);
  }

  async ping(): Promise<void> {
    await reading(this.#db.execute(sql`SELECT 1`));
  }
}

const NEXT_VERSION = sql<number>`${accounts.version} + 1`;

const IS_ADMINISTRATOR = sql`(${ADMINISTRATOR} = ANY(${accounts.roles})
  AND ${accounts.status} = 'active')`;

async function writing<T>(query: PromiseLike<T>): Promise<Result<T, AccountConflict>> {
  const written = await writingTo('accounts', query);
  if (written.ok) return written;
  const [, reason] =
    Object.entries(CONFLICTS).find(([name]) => name === written.error.constraint) ?? [];
  if (reason === undefined) throw new DatabaseFailure('Cannot write accounts: another constraint');
  return err({ reason });
}

const reading = <T>(query: PromiseLike<T>): Promise<T> => querying('accounts', query);

function only(rows: readonly AccountRow[]): Account {
  const [row] = rows;
  if (row === undefined) throw new DatabaseFailure('Cannot create an account: no row came back');
  return toAccount(row);
}

/** An account as it is inserted. */
export function accountRow(account: NewAccount): AccountInsert {
  const { id, email, username, displayName, passwordHash, roles } = account;
  const at = new Date(account.createdAt);
  return {
    id,
    email: email.display,
    emailNormalized: email.normalized,
    emailVerified: account.emailVerified ?? false,
    ...usernameColumns(username),
    displayName,
    ...detailsOf(account),
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
    ...detailsOf(row),
    roles: row.roles,
    status: row.status,
    version: row.version,
    credentialsVersion: row.credentialsVersion,
    createdAt: row.createdAt.getTime(),
    updatedAt: row.updatedAt.getTime(),
    lastLoginAt: row.lastLoginAt?.getTime() ?? null,
  };
}
