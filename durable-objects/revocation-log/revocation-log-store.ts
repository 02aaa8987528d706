import * as z from 'zod';

import type { NumericDate } from '../../shared/clock.ts';
import type { Revocation } from '../../shared/contracts/identity/revocation-log.ts';
import type { LogEntry, RevocationStore } from './revocation-log.ts';

type Row = { position: number; kind: string; id: string; expires_at: number };

const Kind = z.enum(['session', 'token'] satisfies Revocation['kind'][]);

/** {@link RevocationStore} over the object's own SQLite database. */
export class SqliteRevocationStore implements RevocationStore {
  readonly #sql: Pick<SqlStorage, 'exec'>;

  constructor(sql: Pick<SqlStorage, 'exec'>) {
    this.#sql = sql;
  }

  /** Sets the epoch of a new log. Does nothing if the log has one. */
  name(epoch: string): void {
    this.#sql.exec('INSERT OR IGNORE INTO log VALUES (1, ?)', epoch);
  }

  epoch(): string {
    return this.#sql.exec<{ epoch: string }>('SELECT epoch FROM log').one().epoch;
  }

  head(): number {
    const query = "SELECT seq FROM sqlite_sequence WHERE name = 'entries'";
    return this.#sql.exec<{ seq: number }>(query).toArray()[0]?.seq ?? 0;
  }

  find(kind: Revocation['kind'], id: string): LogEntry | undefined {
    const query = 'SELECT * FROM entries WHERE kind = ? AND id = ?';
    const row = this.#sql.exec<Row>(query, kind, id).toArray()[0];
    return row && toEntry(row);
  }

  add({ kind, id, expiresAt }: Revocation): void {
    const statement = 'INSERT INTO entries (kind, id, expires_at) VALUES (?, ?, ?)';
    this.#sql.exec(statement, kind, id, expiresAt);
  }

  remove(position: number): void {
    this.#sql.exec('DELETE FROM entries WHERE position = ?', position);
  }

  after(position: number, limit: number): readonly LogEntry[] {
    const query = 'SELECT * FROM entries WHERE position > ? ORDER BY position LIMIT ?';
    return this.#sql.exec<Row>(query, position, limit).toArray().map(toEntry);
  }

  nextExpiry(): NumericDate | undefined {
    const query = 'SELECT min(expires_at) AS at FROM entries';
    return this.#sql.exec<{ at: number | null }>(query).one().at ?? undefined;
  }

  removeExpired(now: NumericDate): void {
    this.#sql.exec('DELETE FROM entries WHERE expires_at <= ?', now);
  }
}

const toEntry = ({ position, kind, id, expires_at }: Row): LogEntry => ({
  position,
  kind: Kind.parse(kind),
  id,
  expiresAt: expires_at,
});
