import * as z from 'zod';

import { days, type Millis } from '../../../shared/clock.ts';
import type { ShortcutRevocation } from '../../../shared/contracts/connect/hub-rpc.ts';
import type { GuidText } from '../../../shared/hub-protocol/guid.ts';
import type { Shortcut } from './shortcut.ts';

/** How long a shortcut that expired or was revoked is stored, so that calls of it are told why. */
const RETENTION = days(1);
/** Of one client for one session. */
const DEAD_LIMIT = 100;

type Row = {
  session_id: string;
  shortcut_id: string;
  name: string;
  source: string;
  service: string;
  endpoint: string;
  payload: ArrayBuffer;
  binary: number;
  description: string | null;
  display_name: string | null;
  tags: string;
  expires_at: number | null;
  revoked_at: number | null;
};

/** The shortcuts of a hub's sessions. A trigger deletes them with the session's stream. */
export class ShortcutStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  find(sessionId: string, shortcutId: GuidText): Shortcut | undefined {
    const query = 'SELECT * FROM shortcuts WHERE session_id = ? AND shortcut_id = ?';
    const [row] = this.#sql.exec<Row>(query, sessionId, shortcutId).toArray();
    return row && toShortcut(row);
  }

  /** The shortcuts of a session that can be called, ordered by name. */
  live(sessionId: string, now: Millis): readonly Shortcut[] {
    return this.#sql
      .exec<Row>(
        `SELECT * FROM shortcuts WHERE session_id = ? AND revoked_at IS NULL
         AND coalesce(expires_at > ?, true) ORDER BY name, source`,
        sessionId,
        now,
      )
      .toArray()
      .map(toShortcut);
  }

  /** Stores a shortcut in place of the one with its id, if there is one. */
  put(shortcut: Shortcut): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO shortcuts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)',
      shortcut.sessionId,
      shortcut.shortcutId,
      shortcut.name,
      shortcut.source,
      shortcut.service,
      shortcut.endpoint,
      new Uint8Array(shortcut.payload),
      Number(shortcut.binary),
      shortcut.description,
      shortcut.displayName,
      JSON.stringify(shortcut.tags),
      shortcut.expiresAt,
      shortcut.revokedAt,
    );
  }

  /** Marks expired shortcuts as no longer listed. Returns their ids by session. */
  takeExpired(now: Millis): ReadonlyMap<string, readonly GuidText[]> {
    const rows = this.#sql
      .exec<Pick<Row, 'session_id' | 'shortcut_id'>>(
        `UPDATE shortcuts SET listed = 0 WHERE listed = 1 AND expires_at <= ?
         RETURNING session_id, shortcut_id`,
        now,
      )
      .toArray();
    const bySession = Map.groupBy(rows, (row) => row.session_id);
    return new Map([...bySession].map(([id, some]) => [id, some.map((row) => row.shortcut_id)]));
  }

  /** When the next listed shortcut expires. `undefined` if none will. */
  nextExpiry(): Millis | undefined {
    const query = 'SELECT min(expires_at) AS at FROM shortcuts WHERE listed = 1';
    return this.#sql.exec<{ at: Millis | null }>(query).one().at ?? undefined;
  }

  /** Revokes live shortcuts that a client bound, by name or all. Returns their ids. */
  revoke({ sessionId, source, name }: ShortcutRevocation, now: Millis): readonly GuidText[] {
    return this.#sql
      .exec<Pick<Row, 'shortcut_id'>>(
        `UPDATE shortcuts SET revoked_at = ?, listed = 0
         WHERE session_id = ? AND source = ? AND name = coalesce(?, name)
         AND revoked_at IS NULL AND coalesce(expires_at > ?, true)
         RETURNING shortcut_id`,
        now,
        sessionId,
        source,
        name ?? null,
        now,
      )
      .toArray()
      .map((row) => row.shortcut_id);
  }

  /**
   * Deletes the dead shortcuts of a client for a session, but the newest hundred: whoever binds and revokes
   * without end does not fill the hub.
   */
  removeSurplus({ sessionId, source }: Pick<Shortcut, 'sessionId' | 'source'>, now: Millis): void {
    this.#sql.exec(
      `DELETE FROM shortcuts WHERE session_id = ?1 AND shortcut_id IN (
         SELECT shortcut_id FROM shortcuts
         WHERE session_id = ?1 AND source = ?2 AND (revoked_at IS NOT NULL OR expires_at <= ?3)
         ORDER BY coalesce(revoked_at, expires_at) DESC LIMIT -1 OFFSET ?4)`,
      sessionId,
      source,
      now,
      DEAD_LIMIT,
    );
  }

  /** Deletes the shortcuts that expired or were revoked a day ago. */
  removeOld(now: Millis): void {
    const until = now - RETENTION;
    this.#sql.exec('DELETE FROM shortcuts WHERE expires_at <= ? OR revoked_at <= ?', until, until);
  }
}

const Tags = z.array(z.string());

const toShortcut = (row: Row): Shortcut => ({
  sessionId: row.session_id,
  shortcutId: row.shortcut_id,
  name: row.name,
  source: row.source,
  service: row.service,
  endpoint: row.endpoint,
  payload: new Uint8Array(row.payload),
  binary: row.binary === 1,
  description: row.description,
  displayName: row.display_name,
  tags: Tags.parse(JSON.parse(row.tags)),
  expiresAt: row.expires_at,
  revokedAt: row.revoked_at,
});
