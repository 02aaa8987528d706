import { and, asc, eq, type SQL, sql } from 'drizzle-orm';

import { AccountId } from '../../../../shared/ids.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import type { NewAccount } from '../../accounts/account.ts';
import { accounts } from '../../accounts/account-schema.ts';
import { accountRow } from '../../accounts/account-store.ts';
import { DatabaseFailure, querying, writing } from '../../database/database-failure.ts';
import type { Database } from '../../database/open-database.ts';
import type {
  CreateConflict,
  Identity,
  IdentityName,
  IdentityUse,
  NewIdentity,
  Unlinking,
} from './identity.ts';
import { CREATE_CONFLICTS, type IdentityRow, identities } from './identity-schema.ts';
import type { IdentityStore } from './identity-store.ts';

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
    const known = UNLINKINGS.find((one) => one === row?.outcome);
    if (known === undefined) throw new DatabaseFailure('Cannot unlink: another outcome');
    return known;
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
