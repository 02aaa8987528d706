import { utf8 } from '../../../shared/bytes.ts';
import type { Clock, Millis } from '../../../shared/clock.ts';
import type { Question, QuestionOutcome } from '../../../shared/contracts/connect/hub-rpc.ts';
import { encodeFrame } from '../../../shared/hub-protocol/encode-frame.ts';
import { Flag, hasFlag, type ResponseFrame } from '../../../shared/hub-protocol/frame.ts';
import { ZERO_GUID } from '../../../shared/hub-protocol/guid.ts';
import type { Connections } from '../connections/connections.ts';
import { newMessageId, type PositionOf } from '../connections/control-events.ts';

export type QuestionsNeeds = {
  readonly connections: Pick<Connections, 'newestOf'>;
  readonly positionOf: PositionOf;
  readonly clock: Clock;
};

type Settle = (outcome: QuestionOutcome) => void;

/**
 * Requests of services to clients, such as `POST /api/v1/connect/rpc` makes.
 *
 * They are in memory only: the service that asks waits for the outcome, which keeps the object there.
 */
export class Questions {
  readonly #needs: QuestionsNeeds;
  /** By connection, then by message id, so that no other connection can answer. */
  readonly #pending = new Map<string, Map<bigint, Settle>>();

  constructor(needs: QuestionsNeeds) {
    this.#needs = needs;
  }

  /** Asks the newest connection of a session. Does not reject. */
  async ask(question: Question): Promise<QuestionOutcome> {
    const connection = this.#needs.connections.newestOf(question.sessionId);
    if (connection === undefined) return { as: 'not_connected' };
    const messageId = newMessageId();
    connection.send(this.#toFrame(question, messageId));
    return this.#wait(connection.state.connectionId, messageId, question.timeout);
  }

  /** Takes a client's response. A response that this connection was not asked for is dropped [H17]. */
  answer(connectionId: string, { messageId, flags, code, payload }: ResponseFrame): void {
    this.#pending.get(connectionId)?.get(messageId)?.({
      as: 'answered',
      code,
      // A copy, because the view's buffer holds the whole frame and would be sent along.
      payload: payload.slice(),
      binary: hasFlag(flags, Flag.binary),
    });
  }

  /** Ends the questions of a connection that has closed. */
  forget(connectionId: string): void {
    const settles = [...(this.#pending.get(connectionId)?.values() ?? [])];
    for (const settle of settles) settle({ as: 'disconnected' });
  }

  #toFrame(question: Question, messageId: bigint): Uint8Array {
    const payload = {
      ...question.payload,
      eventName: question.eventName,
      eventId: crypto.randomUUID(),
      timestamp: new Date(this.#needs.clock()).toISOString(),
    };
    return encodeFrame({
      kind: 'request',
      flags: 0,
      channel: 0,
      // The stream counts events only, so a question repeats the last sequence.
      sequence: this.#needs.positionOf(question.sessionId),
      guid: ZERO_GUID,
      messageId,
      payload: utf8(JSON.stringify(payload)),
    });
  }

  async #wait(connectionId: string, messageId: bigint, timeout: Millis): Promise<QuestionOutcome> {
    const { promise, resolve } = Promise.withResolvers<QuestionOutcome>();
    const ofConnection = this.#pending.get(connectionId) ?? new Map<bigint, Settle>();
    this.#pending.set(connectionId, ofConnection.set(messageId, resolve));
    const timer = setTimeout(() => resolve({ as: 'timeout' }), timeout);
    const outcome = await promise;
    clearTimeout(timer);
    ofConnection.delete(messageId);
    if (ofConnection.size === 0) this.#pending.delete(connectionId);
    return outcome;
  }
}
