import { and, desc, eq, gt, isNull, or, type SQL, sql } from 'drizzle-orm';

import { type Bytes, toBase64Url } from '../../../../shared/bytes.ts';
import type { Millis } from '../../../../shared/clock.ts';
import { type Database, querying } from '../../platform/database.ts';
import {
  type InitialAccessTokenRow,
  oauthInitialAccessTokens as table,
} from '../clients/oauth-schema.ts';

/** A token with which somebody may register clients (RFC 7591 §3), without its secret. */
export type InitialAccessToken = {
  /** A UUID. */
  readonly id: string;
  /** For whom it was made, in an administrator's words. */
  readonly label: string;
  readonly expiresAt: Millis | null;
  /** `null`: any number. */
  readonly usesLeft: number | null;
  readonly createdAt: Millis;
};

/** Where they live. Every method throws `DatabaseFailure` if the database does not answer. */
export interface InitialAccessTokenStore {
  /** @param hash - SHA-256 of the token. */
  create(token: InitialAccessToken, hash: Bytes): Promise<void>;
  /** Newest first, with those that are used up or expired. */
  list(): Promise<readonly InitialAccessToken[]>;
  /** Whether the token would be accepted. */
  isUsable(hash: Bytes, at: Millis): Promise<boolean>;
  /** Counts one use. `false`: it is unknown, expired or used up. Of the last use one caller gets it. */
  use(hash: Bytes, at: Millis): Promise<boolean>;
  delete(id: string): Promise<boolean>;
}

/** {@link InitialAccessTokenStore} over PostgreSQL. */
export class PostgresInitialAccessTokenStore implements InitialAccessTokenStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async create(token: InitialAccessToken, hash: Bytes): Promise<void> {
    const { expiresAt, createdAt } = token;
    const times = {
      expiresAt: expiresAt === null ? null : new Date(expiresAt),
      createdAt: new Date(createdAt),
    };
    const row = { ...token, ...times, hash: toBase64Url(hash) };
    await querying(TOKENS, this.#db.insert(table).values(row));
  }

  async list(): Promise<readonly InitialAccessToken[]> {
    const query = this.#db.select().from(table).orderBy(desc(table.createdAt));
    return (await querying(TOKENS, query)).map(toToken);
  }

  async isUsable(hash: Bytes, at: Millis): Promise<boolean> {
    const query = this.#db.select({ id: table.id }).from(table).where(usable(hash, at));
    return (await querying(TOKENS, query)).length > 0;
  }

  async use(hash: Bytes, at: Millis): Promise<boolean> {
    const query = this.#db
      .update(table)
      .set({ usesLeft: sql`${table.usesLeft} - 1` })
      .where(usable(hash, at))
      .returning({ id: table.id });
    return (await querying(TOKENS, query)).length > 0;
  }

  async delete(id: string): Promise<boolean> {
    const query = this.#db.delete(table).where(eq(table.id, id)).returning({ id: table.id });
    return (await querying(TOKENS, query)).length > 0;
  }
}

const TOKENS = 'initial access tokens';

const usable = (hash: Bytes, at: Millis): SQL | undefined =>
  and(
    eq(table.hash, toBase64Url(hash)),
    or(isNull(table.expiresAt), gt(table.expiresAt, new Date(at))),
    or(isNull(table.usesLeft), gt(table.usesLeft, 0)),
  );

const toToken = ({
  id,
  label,
  expiresAt,
  usesLeft,
  createdAt,
}: InitialAccessTokenRow): InitialAccessToken => ({
  id,
  label,
  expiresAt: expiresAt?.getTime() ?? null,
  usesLeft,
  createdAt: createdAt.getTime(),
});
