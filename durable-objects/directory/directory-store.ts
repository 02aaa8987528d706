import type { Millis } from '../../shared/clock.ts';
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

  newestEpoch(): number {
    return this.#sql
      .exec<{ epoch: number }>('SELECT coalesce(max(epoch), 0) AS epoch FROM connections')
      .one().epoch;
  }

  removeExpired(now: Millis): void {
    this.#sql.exec('DELETE FROM connections WHERE expires_at <= ?', now);
  }

  /** When the next entry expires. `undefined` if there is none. */
  nextExpiry(): Millis | undefined {
    const { at } = this.#sql
      .exec<{ at: Millis | null }>('SELECT min(expires_at) AS at FROM connections')
      .one();
    return at ?? undefined;
  }
}

const toConnection = (row: Row): StoredConnection => ({
  sessionId: row.session_id,
  connectionId: row.connection_id,
  shard: row.shard,
  epoch: row.epoch,
  expiresAt: row.expires_at,
});
