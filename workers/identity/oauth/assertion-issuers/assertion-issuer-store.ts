import { asc, eq } from 'drizzle-orm';

import type { Millis } from '../../../../shared/clock.ts';
import { ok, type Result } from '../../../../shared/result.ts';
import { type Conflict, querying, writing } from '../../database/database-failure.ts';
import type { Database } from '../../database/open-database.ts';
import type { AssertionIssuer, AssertionIssuerSettings } from './assertion-issuer.ts';
import { type AssertionIssuerRow, assertionIssuers } from './assertion-issuer-schema.ts';

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
