import * as z from 'zod';

import { type Millis, toNumericDate } from '../../shared/clock.ts';
import type { RolesChanged } from '../../shared/contracts/connect/connect-rpc.ts';
import type { DirectoryStore, StoredConnection } from './directory.ts';

type Row = {
  connection_id: string;
  session_id: string;
  shard: string;
  epoch: number;
  expires_at: number;
};

/** {@link DirectoryStore} over the object's own SQLite database. */
export class SqliteDirectoryStore implements DirectoryStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  ofSession(sessionId: string): readonly StoredConnection[] {
    return this.#sql
      .exec<Row>('SELECT * FROM connections WHERE session_id = ? ORDER BY epoch', sessionId)
      .toArray()
      .map(toConnection);
  }

  all(): readonly StoredConnection[] {
    return this.#sql
      .exec<Row>('SELECT * FROM connections ORDER BY epoch')
      .toArray()
      .map(toConnection);
  }

  add({ connectionId, sessionId, shard, epoch, expiresAt }: StoredConnection): void {
    this.#sql.exec(
      'INSERT INTO connections VALUES (?, ?, ?, ?, ?)',
      connectionId,
      sessionId,
      shard,
      epoch,
      expiresAt,
    );
  }

  /** Returns whether there is such a connection. */
  extend(connectionId: string, expiresAt: Millis): boolean {
    const { rowsWritten } = this.#sql.exec(
      'UPDATE connections SET expires_at = ? WHERE connection_id = ?',
      expiresAt,
      connectionId,
    );
    return rowsWritten > 0;
  }

  remove(connectionId: string): void {
    this.#sql.exec('DELETE FROM connections WHERE connection_id = ?', connectionId);
  }

  /** Every hub, once. */
  shards(): readonly string[] {
    return this.#sql
      .exec<{ shard: string }>('SELECT DISTINCT shard FROM connections')
      .toArray()
      .map(({ shard }) => shard);
  }

  rolesChange(): RolesChanged | undefined {
    const [row] = this.#sql.exec<RolesRow>('SELECT * FROM role_changes').toArray();
    return row && toRolesChanged(row);
  }

  saveRolesChange({ subject, roles, changedAt, until }: RolesChanged): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO role_changes VALUES (1, ?, ?, ?, ?)',
      subject,
      JSON.stringify(roles),
      changedAt,
      until,
    );
  }

  newestEpoch(): number {
    return this.#sql
      .exec<{ epoch: number }>('SELECT coalesce(max(epoch), 0) AS epoch FROM connections')
      .one().epoch;
  }

  removeExpired(now: Millis): void {
    this.#sql.exec('DELETE FROM role_changes WHERE until <= ?', toNumericDate(now));
    this.#sql.exec('DELETE FROM connections WHERE expires_at <= ?', now);
  }

  /** When the next entry or change of roles expires. `undefined` if there is none. */
  nextExpiry(): Millis | undefined {
    const { at } = this.#sql
      .exec<{ at: Millis | null }>(
        `SELECT min(at) AS at FROM (SELECT min(expires_at) AS at FROM connections
         UNION ALL SELECT until * 1000 FROM role_changes)`,
      )
      .one();
    return at ?? undefined;
  }
}

type RolesRow = { subject: string; roles: string; changed_at: number; until: number };

const Roles = z.array(z.string());

const toRolesChanged = ({ subject, roles, changed_at, until }: RolesRow): RolesChanged => ({
  subject,
  roles: Roles.parse(JSON.parse(roles)),
  changedAt: changed_at,
  until,
});

const toConnection = (row: Row): StoredConnection => ({
  sessionId: row.session_id,
  connectionId: row.connection_id,
  shard: row.shard,
  epoch: row.epoch,
  expiresAt: row.expires_at,
});
