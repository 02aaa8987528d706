import type { Millis } from '../../shared/clock.ts';
import type { RelyingParty } from '../../shared/contracts/identity/relying-party.ts';
import { ClientId, SessionId } from '../../shared/ids.ts';
import type { Logout, LogoutStore } from './logout.ts';

export type PartyRow = { client_id: string; subject: string };

type LogoutRow = PartyRow & {
  seq: number;
  session_id: string;
  attempts: number;
  due_at: number;
};

export const toParty = (row: PartyRow): RelyingParty => ({
  clientId: ClientId.restore(row.client_id),
  subject: row.subject,
});

const toLogout = (row: LogoutRow): Logout => ({
  seq: row.seq,
  sessionId: SessionId.restore(row.session_id),
  party: toParty(row),
  attempts: row.attempts,
  dueAt: row.due_at,
});

/** {@link LogoutStore} over the object's own SQLite database. */
export class SqliteLogoutStore implements LogoutStore {
  readonly #sql: Pick<SqlStorage, 'exec'>;

  constructor(sql: Pick<SqlStorage, 'exec'>) {
    this.#sql = sql;
  }

  all(): readonly Logout[] {
    return this.#sql.exec<LogoutRow>('SELECT * FROM logouts ORDER BY seq').toArray().map(toLogout);
  }

  add(sessionId: SessionId, { clientId, subject }: RelyingParty, dueAt: Millis): void {
    this.#sql.exec(
      `INSERT INTO logouts (session_id, client_id, subject, attempts, due_at)
       VALUES (?, ?, ?, 0, ?)`,
      sessionId,
      clientId,
      subject,
      dueAt,
    );
  }

  postpone(seq: number, dueAt: Millis): void {
    const query = 'UPDATE logouts SET attempts = attempts + 1, due_at = ? WHERE seq = ?';
    this.#sql.exec(query, dueAt, seq);
  }

  remove(seq: number): void {
    this.#sql.exec('DELETE FROM logouts WHERE seq = ?', seq);
  }
}
