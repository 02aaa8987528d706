import { and, asc, eq, gt, sql } from 'drizzle-orm';

import { fromBase64Url, toBase64Url } from '../../../../shared/bytes.ts';
import type { Millis } from '../../../../shared/clock.ts';
import { ClientId } from '../../../../shared/ids.ts';
import { ok, type Result } from '../../../../shared/result.ts';
import {
  type Conflict,
  type Database,
  DatabaseFailure,
  querying,
  writing,
} from '../../platform/database.ts';
import type { ClientSecret, NewClient, StoredClient } from './client.ts';
import { type ClientRow, oauthClients, oauthConsents, type SecretColumn } from './oauth-schema.ts';

export type ClientPage = {
  readonly clients: readonly StoredClient[];
  /** Where the next page begins; `null` at the end. */
  readonly next: ClientId | null;
};

/**
 * Where registered clients live. Every method throws `DatabaseFailure` if the database does not answer.
 */
export interface ClientStore {
  /** Refuses an id that is taken. */
  create(client: NewClient): Promise<Result<StoredClient, Conflict>>;
  find(clientId: ClientId): Promise<StoredClient | undefined>;
  /** @param after - The last id of the page before. */
  list(after: ClientId | null, limit: number): Promise<ClientPage>;
  /**
   * Replaces all but its id, source and creation.
   *
   * @param client - As it was read, with its revision, and changed.
   * @returns `undefined` if it was deleted or changed since.
   */
  replace(client: StoredClient, at: Millis): Promise<StoredClient | undefined>;
  /** Deletes a client and every consent given to it. `false`: there was no such client. */
  delete(clientId: ClientId): Promise<boolean>;
}

/** {@link ClientStore} over PostgreSQL. */
export class PostgresClientStore implements ClientStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async create(client: NewClient): Promise<Result<StoredClient, Conflict>> {
    const at = new Date(client.createdAt);
    const { clientId, source } = client;
    const row = { clientId, source, ...changeable(client), revision: 1, createdAt: at };
    const query = this.#db
      .insert(oauthClients)
      .values({ ...row, updatedAt: at })
      .returning();
    const rows = await writing('OAuth clients', query);
    return rows.ok ? ok(only(rows.value)) : rows;
  }

  async find(clientId: ClientId): Promise<StoredClient | undefined> {
    const query = this.#db.select().from(oauthClients).where(eq(oauthClients.clientId, clientId));
    const [row] = await querying('OAuth clients', query);
    return row && toClient(row);
  }

  async list(after: ClientId | null, limit: number): Promise<ClientPage> {
    const query = this.#db
      .select()
      .from(oauthClients)
      .where(after === null ? undefined : gt(byBytes, after))
      .orderBy(asc(byBytes))
      .limit(limit + 1);
    const rows = (await querying('OAuth clients', query)).map(toClient);
    const clients = rows.slice(0, limit);
    return { clients, next: rows.length > limit ? (clients.at(-1)?.clientId ?? null) : null };
  }

  async replace(client: StoredClient, at: Millis): Promise<StoredClient | undefined> {
    const { clientId, revision } = client;
    const query = this.#db
      .update(oauthClients)
      .set({ ...changeable(client), revision: revision + 1, updatedAt: new Date(at) })
      .where(and(eq(oauthClients.clientId, clientId), eq(oauthClients.revision, revision)))
      .returning();
    const [row] = await querying('OAuth clients', query);
    return row && toClient(row);
  }

  async delete(clientId: ClientId): Promise<boolean> {
    const consents = this.#db
      .$with('consents')
      .as(
        this.#db
          .delete(oauthConsents)
          .where(eq(oauthConsents.clientId, clientId))
          .returning({ clientId: oauthConsents.clientId }),
      );
    const query = this.#db
      .with(consents)
      .delete(oauthClients)
      .where(eq(oauthClients.clientId, clientId))
      .returning({ clientId: oauthClients.clientId });
    return (await querying('OAuth clients', query)).length > 0;
  }
}

/** Gives one order, whatever the database's locale is. */
const byBytes = sql<string>`${oauthClients.clientId} COLLATE "C"`;

const changeable = (client: NewClient) => ({
  metadata: client.metadata,
  secrets: client.secrets.map(toColumn),
  profile: client.profile,
  skipConsent: client.skipConsent,
  resources: client.resources === null ? null : [...client.resources],
  pkceOptional: client.pkceOptional,
  cibaAllowed: client.cibaAllowed,
  status: client.status,
  registrationAccessTokenHash:
    client.registrationAccessTokenHash === null
      ? null
      : toBase64Url(client.registrationAccessTokenHash),
});

const toColumn = ({ hash, expiresAt }: ClientSecret): SecretColumn => ({
  hash: toBase64Url(hash),
  expiresAt,
});

function only(rows: readonly ClientRow[]): StoredClient {
  const [row] = rows;
  if (row === undefined) throw new DatabaseFailure('Cannot create a client: no row came back');
  return toClient(row);
}

function toClient(row: ClientRow): StoredClient {
  const token = row.registrationAccessTokenHash;
  return {
    clientId: ClientId.restore(row.clientId),
    metadata: row.metadata,
    secrets: row.secrets.map(({ hash, expiresAt }) => ({ hash: bytesOf(hash), expiresAt })),
    source: row.source,
    profile: row.profile,
    skipConsent: row.skipConsent,
    resources: row.resources,
    pkceOptional: row.pkceOptional,
    cibaAllowed: row.cibaAllowed,
    status: row.status,
    registrationAccessTokenHash: token === null ? null : bytesOf(token),
    revision: row.revision,
    createdAt: row.createdAt.getTime(),
    updatedAt: row.updatedAt.getTime(),
  };
}

function bytesOf(hash: string): ClientSecret['hash'] {
  const bytes = fromBase64Url(hash);
  if (bytes === undefined) throw new DatabaseFailure('Cannot read a client: a hash is corrupt');
  return bytes;
}
