import { and, asc, eq, type SQL, sql } from 'drizzle-orm';
import { boolean, pgSchema, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import type { Millis } from '../../../../shared/clock.ts';
import { AccountId } from '../../../../shared/ids.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import type { NewAccount } from '../../accounts/account.ts';
import { accountRow, accounts } from '../../accounts/account-store.ts';
import {
  type Database,
  DatabaseFailure,
  instant,
  querying,
  writing,
} from '../../platform/database.ts';

/** Somebody as a provider knows them. */
export type IdentityName = {
  /** The provider's id in our configuration. */
  readonly provider: string;
  /** The provider's lasting id of its user. */
  readonly subject: string;
};

/** What a provider said of its user. It is only shown, and finds no account. */
export type IdentityDetails = {
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly displayName: string | null;
};

/** An identity that signs in to an account. */
export type Identity = IdentityName &
  IdentityDetails & {
    readonly accountId: AccountId;
    readonly linkedAt: Millis;
    readonly lastUsedAt: Millis;
  };

export type NewIdentity = IdentityName &
  IdentityDetails & {
    readonly accountId: AccountId;
    /** The provider's tokens, sealed. `null`: they are not stored. */
    readonly tokensSealed: string | null;
    readonly linkedAt: Millis;
  };

/** What is stored of a sign-in with a linked identity. */
export type IdentityUse = IdentityName &
  IdentityDetails & {
    /** `null`: those that are stored stay. */
    readonly tokensSealed: string | null;
    readonly usedAt: Millis;
  };

/** The account has the e-mail already, or somebody else the identity. */
export type CreateConflict = { readonly reason: 'email_taken' | 'identity_taken' };

/** `last`: there is no other way into the account. */
export type Unlinking = 'unlinked' | 'unknown' | 'last';

/**
 * Where identities live. Every method throws `DatabaseFailure` if the database does not answer.
 */
export interface IdentityStore {
  find(name: IdentityName): Promise<Identity | undefined>;
  /** The oldest link first. */
  list(accountId: AccountId): Promise<readonly Identity[]>;
  /** Creates an account that this identity signs in to: both, or neither. */
  createAccount(
    account: NewAccount,
    identity: NewIdentity,
  ): Promise<Result<undefined, CreateConflict>>;
  /** Of several that claim one identity at once, one succeeds. `false`: it is linked already. */
  link(identity: NewIdentity): Promise<boolean>;
  recordUse(use: IdentityUse): Promise<void>;
  /** Never takes the last way into an account, also where several are unlinked at once. */
  unlink(accountId: AccountId, name: IdentityName): Promise<Unlinking>;
}

/** `migrations/identity/0003_identities.sql` is the truth; this is what queries know of it. */
const identities = pgSchema('identity').table(
  'identities',
  {
    provider: text('provider').notNull(),
    subject: text('provider_subject').notNull(),
    accountId: uuid('account_id').notNull(),
    email: text('email'),
    emailVerified: boolean('email_verified').notNull(),
    displayName: text('display_name'),
    tokensSealed: text('tokens_sealed'),
    linkedAt: instant('linked_at').notNull(),
    lastUsedAt: instant('last_used_at').notNull(),
  },
  (columns) => [primaryKey({ columns: [columns.provider, columns.subject] })],
);

type IdentityRow = typeof identities.$inferSelect;

/** What breaking a unique constraint means for an account that is to be created. */
const CREATE_CONFLICTS = {
  accounts_email_unique: 'email_taken',
  identities_pkey: 'identity_taken',
} as const;

/** {@link IdentityStore} over PostgreSQL. */
export class PostgresIdentityStore implements IdentityStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async find(name: IdentityName): Promise<Identity | undefined> {
    const query = this.#db.select().from(identities).where(named(name));
    const [row] = await querying('identities', query);
    return row && toIdentity(row);
  }

  async list(accountId: AccountId): Promise<readonly Identity[]> {
    const query = this.#db
      .select()
      .from(identities)
      .where(eq(identities.accountId, accountId))
      .orderBy(asc(identities.linkedAt), asc(identities.provider), asc(identities.subject));
    return (await querying('identities', query)).map(toIdentity);
  }

  async createAccount(
    account: NewAccount,
    identity: NewIdentity,
  ): Promise<Result<undefined, CreateConflict>> {
    const insert = this.#db.insert(accounts).values(accountRow(account));
    const created = this.#db.$with('created').as(insert.returning({ id: accounts.id }));
    const query = this.#db
      .with(created)
      .insert(identities)
      .values({ ...identityRow(identity), accountId: sql`(SELECT id FROM created)` });
    const written = await writing('identities', query);
    return written.ok ? ok(undefined) : err(conflictOf(written.error.constraint));
  }

  async link(identity: NewIdentity): Promise<boolean> {
    const query = this.#db
      .insert(identities)
      .values(identityRow(identity))
      .onConflictDoNothing()
      .returning({ provider: identities.provider });
    return (await querying('identities', query)).length > 0;
  }

  async recordUse(use: IdentityUse): Promise<void> {
    const { email, emailVerified, displayName, tokensSealed, usedAt } = use;
    const tokens = tokensSealed === null ? {} : { tokensSealed };
    const lastUsedAt = new Date(usedAt);
    const query = this.#db
      .update(identities)
      .set({ email, emailVerified, displayName, lastUsedAt, ...tokens })
      .where(named(use));
    await querying('identities', query);
  }

  async unlink(accountId: AccountId, { provider, subject }: IdentityName): Promise<Unlinking> {
    const outcome = sql<string>`identity.unlink_identity(${accountId}::uuid, ${provider}, ${subject})`;
    const query = this.#db.select({ outcome }).from(sql`(VALUES (1)) AS one`);
    const [row] = await querying('identities', query);
    const unlinking = UNLINKINGS.find((one) => one === row?.outcome);
    if (unlinking === undefined) throw new DatabaseFailure('Cannot unlink: another outcome');
    return unlinking;
  }
}

const UNLINKINGS: readonly Unlinking[] = ['unlinked', 'unknown', 'last'];

const named = ({ provider, subject }: IdentityName): SQL | undefined =>
  and(eq(identities.provider, provider), eq(identities.subject, subject));

function conflictOf(constraint: string): CreateConflict {
  const [, reason] = Object.entries(CREATE_CONFLICTS).find(([name]) => name === constraint) ?? [];
  if (reason === undefined) throw new DatabaseFailure('Cannot create: another constraint');
  return { reason };
}

function identityRow({ linkedAt, ...identity }: NewIdentity) {
  const at = new Date(linkedAt);
  return { ...identity, linkedAt: at, lastUsedAt: at };
}

const toIdentity = (row: IdentityRow): Identity => ({
  provider: row.provider,
  subject: row.subject,
  accountId: AccountId.restore(row.accountId),
  email: row.email,
  emailVerified: row.emailVerified,
  displayName: row.displayName,
  linkedAt: row.linkedAt.getTime(),
  lastUsedAt: row.lastUsedAt.getTime(),
});
