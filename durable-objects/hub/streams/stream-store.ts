import * as z from 'zod';

import type { Millis } from '../../../shared/clock.ts';
import { Attachment, toStoredPrincipal } from '../frames/attachment.ts';
import type { Checkpoint, Stream } from './stream.ts';

type Row = {
  principal: string;
  former_roles: string;
  first_log: number;
  base_log: number;
  base_sequence: number;
  connection_id: string;
  epoch: number;
  salt_id: string;
  peer_guid: string;
  token_hash: string;
  previous_token_hash: string | null;
  lost_at: number | null;
  lost_sequence: number | null;
};

/** The streams of a hub, one for each session. */
export class StreamStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  all(): readonly Stream[] {
    return this.#sql.exec<Row>('SELECT * FROM streams').toArray().map(toStream);
  }

  /** Stores a stream in place of the session's former one. */
  put(stream: Stream): void {
    const { principal, checkpoint, lost } = stream;
    this.#sql.exec(
      'INSERT OR REPLACE INTO streams VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      principal.sessionId,
      JSON.stringify(principal),
      JSON.stringify(stream.formerRoles),
      stream.firstLog,
      checkpoint.log,
      checkpoint.sequence,
      stream.connectionId,
      stream.epoch,
      stream.saltId,
      stream.peerGuid,
      stream.tokenHash,
      stream.previousTokenHash,
      lost?.at ?? null,
      lost?.sequence ?? null,
    );
  }

  /** Stores new checkpoints of many streams in one statement. */
  advance(checkpoints: ReadonlyMap<string, Checkpoint>): void {
    const moved = [...checkpoints].map(([id, { log, sequence }]) => [id, log, sequence]);
    this.#sql.exec(
      `UPDATE streams SET base_log = value ->> 1, base_sequence = value ->> 2
       FROM json_each(?) WHERE session_id = value ->> 0`,
      JSON.stringify(moved),
    );
  }

  /** Stores that the connections of these streams are lost, and the last sequence each was sent. */
  lose(positions: ReadonlyMap<string, number>, at: Millis): void {
    this.#sql.exec(
      `UPDATE streams SET lost_at = ?, lost_sequence = value ->> 1
       FROM json_each(?) WHERE session_id = value ->> 0`,
      at,
      JSON.stringify([...positions]),
    );
  }

  remove(sessionId: string): void {
    this.#sql.exec('DELETE FROM streams WHERE session_id = ?', sessionId);
  }
}

const Principal = Attachment.shape.principal;
const FormerRoles = z.array(z.object({ until: z.number(), roles: z.array(z.string()) }));

const toStream = (row: Row): Stream => ({
  principal: toStoredPrincipal(Principal.parse(JSON.parse(row.principal))),
  formerRoles: FormerRoles.parse(JSON.parse(row.former_roles)),
  firstLog: row.first_log,
  checkpoint: { log: row.base_log, sequence: row.base_sequence },
  connectionId: row.connection_id,
  epoch: row.epoch,
  saltId: row.salt_id,
  peerGuid: row.peer_guid,
  tokenHash: row.token_hash,
  previousTokenHash: row.previous_token_hash,
  lost:
    row.lost_at === null || row.lost_sequence === null
      ? null
      : { at: row.lost_at, sequence: row.lost_sequence },
});
