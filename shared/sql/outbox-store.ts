import type { Millis } from '../clock.ts';
import type { Delivery, NewDelivery, OutboxStore } from './outbox.ts';

type Row = {
  seq: number;
  destination: string;
  payload: string;
  attempts: number;
  due_at: number;
  expires_at: number | null;
};

/**
 * {@link OutboxStore} over the table `outbox` of an object's own database, which its migrations make:
 *
 *     CREATE TABLE outbox (
 *       seq INTEGER PRIMARY KEY AUTOINCREMENT,
 *       destination TEXT NOT NULL,
 *       payload TEXT NOT NULL,
 *       attempts INTEGER NOT NULL,
 *       due_at INTEGER NOT NULL,
 *       expires_at INTEGER
 *     ) STRICT;
 */
export class SqliteOutboxStore<Name extends string> implements OutboxStore<Name> {
  readonly #sql: Pick<SqlStorage, 'exec'>;
  readonly #names: readonly Name[];

  constructor(sql: Pick<SqlStorage, 'exec'>, names: readonly Name[]) {
    this.#sql = sql;
    this.#names = names;
  }

  waiting(): readonly Delivery<Name>[] {
    const rows = this.#sql.exec<Row>('SELECT * FROM outbox ORDER BY seq').toArray();
    return rows.map(({ seq, destination, payload, attempts, due_at, expires_at }) => ({
      seq,
      destination: this.#nameOf(destination),
      payload: JSON.parse(payload),
      attempts,
      dueAt: due_at,
      expiresAt: expires_at,
    }));
  }

  add({ destination, payload, dueAt, expiresAt }: NewDelivery<Name>): void {
    this.#sql.exec(
      `INSERT INTO outbox (destination, payload, attempts, due_at, expires_at)
       VALUES (?, ?, 0, ?, ?)`,
      destination,
      JSON.stringify(payload),
      dueAt,
      expiresAt,
    );
  }

  replace(delivery: NewDelivery<Name>): void {
    this.#sql.exec('DELETE FROM outbox WHERE destination = ?', delivery.destination);
    this.add(delivery);
  }

  postpone(seq: number, dueAt: Millis): void {
    const query = 'UPDATE outbox SET attempts = attempts + 1, due_at = ? WHERE seq = ?';
    this.#sql.exec(query, dueAt, seq);
  }

  remove(seq: number): void {
    this.#sql.exec('DELETE FROM outbox WHERE seq = ?', seq);
  }

  /**
   * @throws {Error} If the row has an unknown destination, because then this code did not write it.
   */
  #nameOf(destination: string): Name {
    const name = this.#names.find((each) => each === destination);
    if (name === undefined) throw new Error(`Cannot deliver to "${destination}": it is unknown`);
    return name;
  }
}
