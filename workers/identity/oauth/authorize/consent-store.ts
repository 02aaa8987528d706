import { and, desc, eq, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { Millis } from '../../../../shared/clock.ts';
import type { AuthorizationDetail } from '../../../../shared/contracts/identity/oauth-terms.ts';
import { AccountId, ClientId } from '../../../../shared/ids.ts';
import { type Database, querying } from '../../platform/database.ts';
import { type ConsentRow, oauthConsents } from '../clients/oauth-schema.ts';

/** What a user has agreed that a client gets. */
export type Consent = {
  readonly accountId: AccountId;
  readonly clientId: ClientId;
  readonly scopes: readonly string[];
  /** Names of claims that the `claims` parameter requested. */
  readonly claims: readonly string[];
  readonly resources: readonly string[];
  readonly authorizationDetails: readonly AuthorizationDetail[];
  /**
   * Where the answers went when the user agreed, as `agreedHost` names it. Absent: the consent is older than
   * this member.
   */
  readonly redirectHosts?: readonly string[];
  readonly grantedAt: Millis;
  readonly updatedAt: Millis;
};

export type ConsentGrant = Omit<Consent, 'grantedAt' | 'updatedAt'>;

/** Where consents live. Every method throws `DatabaseFailure` if the database does not answer. */
export interface ConsentStore {
  find(accountId: AccountId, clientId: ClientId): Promise<Consent | undefined>;
  /** Adds to what was agreed before. */
  grant(consent: ConsentGrant, at: Millis): Promise<void>;
  /** Newest first. */
  list(accountId: AccountId): Promise<readonly Consent[]>;
  /** `false`: there was none. */
  withdraw(accountId: AccountId, clientId: ClientId): Promise<boolean>;
}

/** {@link ConsentStore} over PostgreSQL. */
export class PostgresConsentStore implements ConsentStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async find(accountId: AccountId, clientId: ClientId): Promise<Consent | undefined> {
    const query = this.#db.select().from(oauthConsents).where(of(accountId, clientId));
    const [row] = await querying('consents', query);
    return row && toConsent(row);
  }

  async grant(consent: ConsentGrant, at: Millis): Promise<void> {
    const { accountId, clientId, scopes, claims, resources, authorizationDetails } = consent;
    const redirectHosts = consent.redirectHosts === undefined ? null : [...consent.redirectHosts];
    const texts = { scopes: [...scopes], claims: [...claims], resources: [...resources] };
    const agreed = { accountId, clientId, ...texts, authorizationDetails, redirectHosts };
    const row = { ...agreed, grantedAt: new Date(at) };
    const query = this.#db
      .insert(oauthConsents)
      .values({ ...row, updatedAt: new Date(at) })
      .onConflictDoUpdate({
        target: [oauthConsents.accountId, oauthConsents.clientId],
        set: {
          scopes: union(oauthConsents.scopes),
          claims: union(oauthConsents.claims),
          resources: union(oauthConsents.resources),
          redirectHosts: sql`CASE
            WHEN coalesce(${oauthConsents.redirectHosts}, excluded.redirect_hosts) IS NOT NULL
            THEN ${union(oauthConsents.redirectHosts)} END`,
          authorizationDetails: sql`(
            SELECT coalesce(jsonb_agg(DISTINCT detail), '[]')
            FROM jsonb_array_elements(${oauthConsents.authorizationDetails} || excluded.authorization_details) AS detail
          )`,
          updatedAt: new Date(at),
        },
      });
    await querying('consents', query);
  }

  async list(accountId: AccountId): Promise<readonly Consent[]> {
    const query = this.#db
      .select()
      .from(oauthConsents)
      .where(eq(oauthConsents.accountId, accountId))
      .orderBy(desc(oauthConsents.updatedAt));
    return (await querying('consents', query)).map(toConsent);
  }

  async withdraw(accountId: AccountId, clientId: ClientId): Promise<boolean> {
    const query = this.#db
      .delete(oauthConsents)
      .where(of(accountId, clientId))
      .returning({ clientId: oauthConsents.clientId });
    return (await querying('consents', query)).length > 0;
  }
}

const of = (accountId: AccountId, clientId: ClientId): SQL | undefined =>
  and(eq(oauthConsents.accountId, accountId), eq(oauthConsents.clientId, clientId));

/** What the row has and what was to be inserted, each once. */
const union = (column: PgColumn): SQL =>
  sql`ARRAY(SELECT DISTINCT unnest(${column} || excluded.${sql.identifier(column.name)}))`;

const toConsent = (row: ConsentRow): Consent => ({
  accountId: AccountId.restore(row.accountId),
  clientId: ClientId.restore(row.clientId),
  scopes: row.scopes,
  claims: row.claims,
  resources: row.resources,
  authorizationDetails: row.authorizationDetails,
  ...(row.redirectHosts === null ? {} : { redirectHosts: row.redirectHosts }),
  grantedAt: row.grantedAt.getTime(),
  updatedAt: row.updatedAt.getTime(),
});
