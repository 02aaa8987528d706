import { asc, eq } from 'drizzle-orm';
import { boolean, jsonb, pgSchema, text } from 'drizzle-orm/pg-core';
import { LookupCache } from '../../../../shared/cache/lookup-cache.ts';
import { type Clock, type Millis, minutes, seconds } from '../../../../shared/clock.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { ok, type Result } from '../../../../shared/result.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import {
  type Conflict,
  type Database,
  instant,
  querying,
  writing,
} from '../../platform/database.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import type { RemoteKeySets } from '../clients/client-jwks.ts';

/**
 * What the `sub` of an issuer's assertions is: the id of an account of ours, its verified e-mail, or
 * its identity at one of the providers that sign users in.
 */
export type SubjectKind = 'account_id' | 'email' | `identity:${string}`;

/** An issuer whom an administrator trusts to vouch for our users (RFC 7523 §2.1). */
export type AssertionIssuer = {
  /** The `iss` of its assertions, compared character by character. */
  readonly issuer: string;
  readonly name: string;
  /** Public keys (RFC 7517 §5). Exactly one of `jwks` and `jwksUri` is set. */
  readonly jwks: readonly JsonObject[] | null;
  readonly jwksUri: string | null;
  readonly subjectKind: SubjectKind;
  /** The clients that may present its assertions. */
  readonly clients: readonly string[];
  /** The most that tokens may carry. */
  readonly scopes: readonly string[];
  readonly enabled: boolean;
  readonly createdAt: Millis;
  readonly updatedAt: Millis;
};

export type AssertionIssuerSettings = Omit<AssertionIssuer, 'createdAt' | 'updatedAt'>;

const SUBJECT_KIND = /^(?:account_id|email|identity:[a-z0-9-]{1,32})$/;

export const isSubjectKind = (text: string): text is SubjectKind => SUBJECT_KIND.test(text);

/** Where issuers live. Every method throws `DatabaseFailure` if the database does not answer. */
export interface AssertionIssuerStore {
  create(issuer: AssertionIssuerSettings, at: Millis): Promise<Result<AssertionIssuer, Conflict>>;
  find(issuer: string): Promise<AssertionIssuer | undefined>;
  /** In the order of their names in `iss`. */
  list(): Promise<readonly AssertionIssuer[]>;
  /** `undefined`: there is none. */
  replace(issuer: AssertionIssuerSettings, at: Millis): Promise<AssertionIssuer | undefined>;
  delete(issuer: string): Promise<boolean>;
}

/** {@link AssertionIssuerStore} over PostgreSQL. */
export class PostgresAssertionIssuerStore implements AssertionIssuerStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async create(
    issuer: AssertionIssuerSettings,
    at: Millis,
  ): Promise<Result<AssertionIssuer, Conflict>> {
    const row = { ...toColumns(issuer), createdAt: new Date(at), updatedAt: new Date(at) };
    const written = await writing(WHAT, this.#db.insert(assertionIssuers).values(row));
    return written.ok ? ok({ ...issuer, createdAt: at, updatedAt: at }) : written;
  }

  async find(issuer: string): Promise<AssertionIssuer | undefined> {
    const query = this.#db.select().from(assertionIssuers).where(named(issuer));
    const [row] = await querying(WHAT, query);
    return row && toIssuer(row);
  }

  async list(): Promise<readonly AssertionIssuer[]> {
    const query = this.#db.select().from(assertionIssuers).orderBy(asc(assertionIssuers.issuer));
    return (await querying(WHAT, query)).map(toIssuer);
  }

  async replace(
    settings: AssertionIssuerSettings,
    at: Millis,
  ): Promise<AssertionIssuer | undefined> {
    const query = this.#db
      .update(assertionIssuers)
      .set({ ...toColumns(settings), updatedAt: new Date(at) })
      .where(named(settings.issuer))
      .returning();
    const [row] = await querying(WHAT, query);
    return row && toIssuer(row);
  }

  async delete(issuer: string): Promise<boolean> {
    const query = this.#db
      .delete(assertionIssuers)
      .where(named(issuer))
      .returning({ issuer: assertionIssuers.issuer });
    return (await querying(WHAT, query)).length > 0;
  }
}

const WHAT = 'assertion issuers';

const named = (issuer: string) => eq(assertionIssuers.issuer, issuer);

const toColumns = ({ clients, scopes, ...settings }: AssertionIssuerSettings) => ({
  ...settings,
  clients: [...clients],
  scopes: [...scopes],
});

const toIssuer = ({ createdAt, updatedAt, ...row }: AssertionIssuerRow): AssertionIssuer => ({
  ...row,
  createdAt: createdAt.getTime(),
  updatedAt: updatedAt.getTime(),
});

/** For queries. The table is defined in `migrations/identity/0004_assertion_issuers.sql`. */
const assertionIssuers = pgSchema('identity').table('assertion_issuers', {
  issuer: text('issuer').primaryKey(),
  name: text('name').notNull(),
  jwks: jsonb('jwks').$type<readonly JsonObject[]>(),
  jwksUri: text('jwks_uri'),
  subjectKind: text('subject_kind').$type<SubjectKind>().notNull(),
  clients: text('clients').array().notNull(),
  scopes: text('scopes').array().notNull(),
  enabled: boolean('enabled').notNull(),
  createdAt: instant('created_at').notNull(),
  updatedAt: instant('updated_at').notNull(),
});

type AssertionIssuerRow = typeof assertionIssuers.$inferSelect;

const CACHE = {
  entries: 1_000,
  /** How long a change takes to be seen by the isolates that did not make it. */
  freshFor: seconds(15),
  /** How long what was read serves while the database does not answer. */
  staleFor: minutes(10),
  /** A database that did not answer is not asked again at once: each request would wait for it. */
  pauseAfterFailure: seconds(5),
} as const;

/** The issuers that this isolate has looked up, and their keys. */
export class CachedAssertionIssuers {
  readonly #store: () => Pick<AssertionIssuerStore, 'find'>;
  readonly #keySets: Pick<RemoteKeySets, 'find'>;
  readonly #cache: LookupCache<AssertionIssuer>;

  /** @param store - Opens a store for one request. */
  constructor(
    clock: Clock,
    store: () => Pick<AssertionIssuerStore, 'find'>,
    keySets: Pick<RemoteKeySets, 'find'>,
  ) {
    this.#store = store;
    this.#keySets = keySets;
    this.#cache = new LookupCache(CACHE, clock);
  }

  /** @throws {Problem} `SERVICE_UNAVAILABLE` if the database does not answer and nothing is cached. */
  find(issuer: string): Promise<AssertionIssuer | undefined> {
    const load = async () => this.#store().find(issuer);
    return orUnavailable('the database', () => this.#cache.find(issuer, load));
  }

  /**
   * @param refresh - Fetch them again, unless that was done just now.
   * @throws {OAuthError} `temporarily_unavailable` if they cannot be had.
   */
  async keysOf(
    { jwks, jwksUri }: AssertionIssuer,
    refresh: boolean,
  ): Promise<readonly JsonObject[]> {
    if (jwksUri === null) return jwks ?? [];
    const keys = await this.#keySets.find(jwksUri, refresh);
    if (keys !== undefined) return keys;
    throw new OAuthError('temporarily_unavailable', 'The keys of the issuer cannot be had');
  }

  /** For whoever has changed it. */
  forget(issuer: string): void {
    this.#cache.drop(issuer);
  }
}
