import type { Millis } from '../../../shared/clock.ts';

/** The ids of used tickets, stored until the tickets expire [H3]. */
export class UsedTicketStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  isUsed({ id }: { readonly id: string }): boolean {
    return this.#sql.exec('SELECT 1 FROM used_tickets WHERE id = ?', id).toArray().length > 0;
  }

  /** Uses a ticket. Returns `false` if it was used before. */
  use(
    { id, expiresAt }: { readonly id: string; readonly expiresAt: Millis },
    now: Millis,
  ): boolean {
    this.#sql.exec('DELETE FROM used_tickets WHERE expires_at <= ?', now);
    const inserted = this.#sql.exec(
      'INSERT OR IGNORE INTO used_tickets VALUES (?, ?)',
      id,
      expiresAt,
    );
    return inserted.rowsWritten > 0;
  }
}
