import { type Millis, minutes } from '../../../shared/clock.ts';
import { type Answer, emptyAnswer } from '../../../shared/hub-protocol/answer.ts';
import { isResponseName } from '../../../shared/hub-protocol/response-codes.ts';

/** How long a repeated message is answered from its record [H29]. */
const RETENTION = minutes(5);
/** Of a larger answer only the fact is recorded that there was one. */
const LARGEST_PAYLOAD = 4 * 1_024;
/** Above this size of the database no payload is recorded: a hub's storage is limited to 10 GB. */
const LARGEST_DATABASE = 1_024 ** 3;

type Row = { name: string; binary: number; payload: ArrayBuffer | null };

/** The answers to the messages of each connection in the last five minutes. */
export class AnswerStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The answer to a message that was served before. `MessageNotFound` if its payload is not recorded. */
  find(connectionId: string, messageId: bigint, now: Millis): Answer | undefined {
    const [row] = this.#sql
      .exec<Row>(
        `SELECT name, binary, payload FROM answers
         WHERE connection_id = ? AND message_id = ? AND expires_at > ?`,
        connectionId,
        String(messageId),
        now,
      )
      .toArray();
    return row && toAnswer(row);
  }

  record(connectionId: string, messageId: bigint, answer: Answer, now: Millis): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?, ?)',
      connectionId,
      String(messageId),
      answer.name,
      Number(answer.binary),
      this.#isPayloadRecorded(answer) ? new Uint8Array(answer.payload) : null,
      now + RETENTION,
    );
  }

  /** Removes the answers of a connection that has closed: its message ids end with it. */
  forget(connectionId: string): void {
    this.#sql.exec('DELETE FROM answers WHERE connection_id = ?', connectionId);
  }

  removeExpired(now: Millis): void {
    this.#sql.exec('DELETE FROM answers WHERE expires_at <= ?', now);
  }

  /** When the next answer expires. `undefined` if there is none. */
  nextExpiry(): Millis | undefined {
    const { at } = this.#sql
      .exec<{ at: Millis | null }>('SELECT min(expires_at) AS at FROM answers')
      .one();
    return at ?? undefined;
  }

  #isPayloadRecorded({ payload }: Answer): boolean {
    return payload.length <= LARGEST_PAYLOAD && this.#sql.databaseSize < LARGEST_DATABASE;
  }
}

function toAnswer({ name, binary, payload }: Row): Answer {
  if (!isResponseName(name)) throw new TypeError(`Cannot restore answer: "${name}" is no response`);
  if (payload === null) return emptyAnswer('MessageNotFound');
  return { name, binary: binary === 1, payload: new Uint8Array(payload) };
}
