import type { Millis } from '../../../shared/clock.ts';
import type { OutboundEvent } from '../connections/outbox.ts';
import type { LogEntry } from './log-index.ts';

type Row = { id: number; target: string; event_id: string; bytes: number };

/** The events that a hub published, each as one row however many streams it went to. */
export class LogStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  append({ id, target, eventId }: LogEntry, { frame, latestKey }: OutboundEvent, at: Millis): void {
    this.#sql.exec(
      'INSERT INTO log VALUES (?, ?, ?, ?, ?, ?)',
      id,
      target,
      eventId,
      latestKey ?? null,
      at,
      frame,
    );
  }

  /** All events without their frames, in the order of the log. */
  entries(): readonly LogEntry[] {
    return this.#sql
      .exec<Row>('SELECT id, target, event_id, length(frame) AS bytes FROM log ORDER BY id')
      .toArray()
      .map(({ event_id: eventId, ...row }) => ({ ...row, eventId }));
  }

  /** The events of these ids, in the order of the log. */
  read(ids: readonly number[]): readonly OutboundEvent[] {
    return this.#sql
      .exec<{ frame: ArrayBuffer; latest_key: string | null }>(
        `SELECT frame, latest_key FROM log
         WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id`,
        JSON.stringify(ids),
      )
      .toArray()
      .map((row) => ({
        frame: new Uint8Array(row.frame),
        latestKey: row.latest_key ?? undefined,
      }));
  }

  /** The latest keys of these events, by id. Events without a key are left out. */
  latestKeys(ids: readonly number[]): ReadonlyMap<number, string> {
    const rows = this.#sql
      .exec<{ id: number; latest_key: string }>(
        `SELECT id, latest_key FROM log
         WHERE id IN (SELECT value FROM json_each(?)) AND latest_key IS NOT NULL`,
        JSON.stringify(ids),
      )
      .toArray();
    return new Map(rows.map((row) => [row.id, row.latest_key]));
  }

  /** The id of the last event that was published at `at` or before. 0 if there is none. */
  lastAt(at: Millis): number {
    const [last] = this.#sql.exec<{ id: number }>(
      'SELECT id FROM log WHERE created_at <= ? ORDER BY id DESC LIMIT 1',
      at,
    );
    return last?.id ?? 0;
  }

  /** When the oldest event was published. `undefined` if there is none. */
  oldestAt(): Millis | undefined {
    const [oldest] = this.#sql.exec<{ at: number }>(
      'SELECT created_at AS at FROM log ORDER BY id LIMIT 1',
    );
    return oldest?.at;
  }

  /** Removes the events up to `until`. */
  remove(until: number): void {
    this.#sql.exec('DELETE FROM log WHERE id <= ?', until);
  }
}
