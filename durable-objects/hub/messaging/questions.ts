import { utf8 } from '../../../shared/bytes.ts';
import type { Clock, Millis } from '../../../shared/clock.ts';
import type { Question, QuestionOutcome } from '../../../shared/contracts/connect/hub-rpc.ts';
import { encodeFrame } from '../../../shared/hub-protocol/encode-frame.ts';
import { Flag, hasFlag, type ResponseFrame } from '../../../shared/hub-protocol/frame.ts';
import { ZERO_GUID } from '../../../shared/hub-protocol/guid.ts';
import type { Connections } from '../connections/connections.ts';
import { newMessageId } from '../connections/control-events.ts';
import type { Streams } from '../streams/streams.ts';

export type QuestionsDeps = {
  readonly connections: Pick<Connections, 'newestOf'>;
  readonly streams: Pick<Streams, 'positionOf'>;
  readonly clock: Clock;
};

type Settle = (outcome: QuestionOutcome) => void;

/**
 * What the hub has asked its clients, and they have not answered.
 *
 * It lives in memory only. That is sound: who asked waits, and keeps the object in memory by it.
 */
export class Questions {
  readonly #deps: QuestionsDeps;
  /** By connection, then by message id: nobody answers for another. */
  readonly #pending = new Map<string, Map<bigint, Settle>>();

  constructor(deps: QuestionsDeps) {
    this.#deps = deps;
  }

  /** Asks the newest connection of a session. Does not reject. */
  async ask(question: Question): Promise<QuestionOutcome> {
    const connection = this.#deps.connections.newestOf(question.sessionId);
    if (connection === undefined) return { as: 'not_connected' };
    const messageId = newMessageId();
    connection.send(this.#toFrame(question, messageId));
    return this.#wait(connection.state.connectionId, messageId, question.timeout);
  }

  /** Takes a response. One that nobody waits for on this connection changes nothing. */
  answer(connectionId: string, { messageId, flags, code, payload }: ResponseFrame): void {
    this.#pending.get(connectionId)?.get(messageId)?.({
      as: 'answered',
      code,
      // A copy: the view's buffer holds the whole frame, and would go with it.
      payload: payload.slice(),
      binary: hasFlag(flags, Flag.binary),
    });
  }

  /** The connection is gone, and with it all hope of an answer. */
  forget(connectionId: string): void {
    const settles = [...(this.#pending.get(connectionId)?.values() ?? [])];
    for (const settle of settles) settle({ as: 'disconnected' });
  }

  #toFrame(question: Question, messageId: bigint): Uint8Array {
    const payload = {
      ...question.payload,
      eventName: question.eventName,
      eventId: crypto.randomUUID(),
      timestamp: new Date(this.#deps.clock()).toISOString(),
    };
    return encodeFrame({
      kind: 'request',
      flags: 0,
      channel: 0,
      // Only events count on.
      sequence: this.#deps.streams.positionOf(question.sessionId),
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
