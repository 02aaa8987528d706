import type { Millis } from '../../shared/clock.ts';
import type { Entry, EntryStore } from './transient.ts';

/** {@link EntryStore} over the object's own SQLite database. */
export class SqliteEntryStore implements EntryStore {
  readonly #sql: Pick<SqlStorage, 'exec'>;

  constructor(sql: Pick<SqlStorage, 'exec'>) {
    this.#sql = sql;
  }

  find(key: string): Entry | undefined {
    return this.#sql
      .exec<Entry>('SELECT key, value, expires_at AS expiresAt FROM entries WHERE key = ?', key)
      .toArray()[0];
  }

  save({ key, value, expiresAt }: Entry): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO entries (key, value, expires_at) VALUES (?, ?, ?)',
      key,
      value,
      expiresAt,
    );
  }

  remove(key: string): void {
    this.#sql.exec('DELETE FROM entries WHERE key = ?', key);
  }

  removeExpired(at: Millis, limit: number): void {
    this.#sql.exec(
      `DELETE FROM entries WHERE key IN
         (SELECT key FROM entries WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)`,
      at,
      limit,
    );
  }

  earliestExpiry(): Millis | undefined {
    const { at } = this.#sql
      .exec<{ at: Millis | null }>('SELECT min(expires_at) AS at FROM entries')
      .one();
    return at ?? undefined;
  }
}
