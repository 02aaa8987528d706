import type { Millis } from '../../shared/clock.ts';
import type { Attempt, Hash, OriginKind, SignInGuardStore } from './sign-in-guard.ts';

type Sql = Pick<SqlStorage, 'exec'>;

/** {@link SignInGuardStore} over the object's own SQLite database. */
export class SqliteSignInGuardStore implements SignInGuardStore {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  attempts(): readonly Attempt[] {
    return this.#sql
      .exec<Attempt>(
        `SELECT id, network_hash AS networkHash, at, counted_since AS countedSince
           FROM attempts ORDER BY at, id`,
      )
      .toArray();
  }

  addAttempt({ networkHash, at, countedSince }: Omit<Attempt, 'id'>): number {
    return this.#sql
      .exec<{ id: number }>(
        'INSERT INTO attempts (network_hash, at, counted_since) VALUES (?, ?, ?) RETURNING id',
        networkHash,
        at,
        countedSince,
      )
      .one().id;
  }

  removeAttempt(id: number): void {
    this.#sql.exec('DELETE FROM attempts WHERE id = ?', id);
  }

  removeAttemptsFrom(networkHash: Hash): void {
    this.#sql.exec('DELETE FROM attempts WHERE network_hash = ?', networkHash);
  }

  removeAttemptsUntil(at: Millis): void {
    this.#sql.exec('DELETE FROM attempts WHERE at <= ?', at);
  }

  isKnown(kind: OriginKind, hash: Hash): boolean {
    return (
      this.#sql.exec('SELECT 1 FROM known WHERE kind = ? AND hash = ?', kind, hash).toArray()
        .length > 0
    );
  }

  saveKnown(kind: OriginKind, hash: Hash, seenAt: Millis, limit: number): void {
    this.#sql.exec('INSERT OR REPLACE INTO known VALUES (?, ?, ?)', kind, hash, seenAt);
    this.#sql.exec(
      `DELETE FROM known WHERE kind = ? AND hash NOT IN
         (SELECT hash FROM known WHERE kind = ? ORDER BY seen_at DESC, hash LIMIT ?)`,
      kind,
      kind,
      limit,
    );
  }

  forgetKnownUntil(seenAt: Millis): void {
    this.#sql.exec('DELETE FROM known WHERE seen_at <= ?', seenAt);
  }

  longestUnseen(): Millis | undefined {
    const { at } = this.#sql
      .exec<{ at: Millis | null }>('SELECT min(seen_at) AS at FROM known')
      .one();
    return at ?? undefined;
  }
}
