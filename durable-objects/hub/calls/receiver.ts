import type { Awaitable } from '../../../shared/awaitable.ts';
import type { Clock } from '../../../shared/clock.ts';
import { emptyAnswer, presentAnswer, responseBytes } from '../../../shared/hub-protocol/answer.ts';
import { CloseCode } from '../../../shared/hub-protocol/close-codes.ts';
import { type Refusal, refuse } from '../../../shared/hub-protocol/decode-frame.ts';
import { expectsResponse, Flag, hasFlag } from '../../../shared/hub-protocol/flags.ts';
import type { RequestFrame, ResponseFrame } from '../../../shared/hub-protocol/frame.ts';
import type { Connection } from '../connections/connection.ts';
import type { Farewell } from '../connections/farewell.ts';
import { type HubLimits, judge, type Verdict } from '../hub.ts';
import { controlEvent, type Tell } from '../streams/tell.ts';
import { CallQueue } from './call-queue.ts';

export type ReceiverDeps = {
  readonly limits: HubLimits;
  readonly clock: Clock;
  /** Serves an admitted frame. Must not fail. */
  readonly serve: (connection: Connection, frame: RequestFrame) => Awaitable<void>;
  /** Takes the response to something that the client was asked. */
  readonly answer: (connectionId: string, frame: ResponseFrame) => void;
  readonly waitUntil: (work: Promise<void>) => void;
  readonly tell: Tell;
  readonly farewell: Pick<Farewell, 'close'>;
};

/** Meta requests use the channel field for something else, so they have a lane of their own. */
const META_LANE = -1;

/** Takes the messages of all connections of a hub. Never waits for a call. */
export class Receiver {
  readonly #deps: ReceiverDeps;
  readonly #queues = new WeakMap<Connection, CallQueue>();

  constructor(deps: ReceiverDeps) {
    this.#deps = deps;
  }

  receive(connection: Connection, message: string | ArrayBuffer): void {
    const now = this.#deps.clock();
    const { meter, verdict } = judge(message, connection.state, this.#deps.limits, now);
    connection.heard(meter, now);
    this.#obey(connection, verdict);
  }

  #obey(connection: Connection, verdict: Verdict): void {
    switch (verdict.kind) {
      case 'answer':
        return this.#deps.answer(connection.state.connectionId, verdict.frame);
      case 'refuse':
        answer(connection, verdict.refusal);
        if (verdict.close)
          this.#deps.farewell.close(connection, CloseCode.protocolError, 'protocol error');
        return;
      case 'limit':
        if (verdict.refusal !== undefined) answer(connection, verdict.refusal);
        if (verdict.first) this.#tellLimited(connection);
        return;
      case 'serve':
        this.#enqueue(connection, verdict.frame);
    }
  }

  #tellLimited(connection: Connection): void {
    const { clock, limits, tell } = this.#deps;
    const { messagesPerMinute } = limits;
    tell(connection, controlEvent('connect.rate-limited', { messagesPerMinute }, clock()));
  }

  #enqueue(connection: Connection, frame: RequestFrame): void {
    const lane = hasFlag(frame.flags, Flag.meta) ? META_LANE : frame.channel;
    const waits = expectsResponse(frame.flags);
    const taken = this.#queueOf(connection).take(lane, waits ? frame.messageId : undefined, () =>
      this.#deps.serve(connection, frame),
    );
    if (taken.as === 'queued') this.#deps.waitUntil(taken.done);
    if (taken.as === 'overflow' && waits) answer(connection, refuse(frame, 'TooManyRequests'));
  }

  #queueOf(connection: Connection): CallQueue {
    const known = this.#queues.get(connection);
    if (known !== undefined) return known;
    const queue = new CallQueue(this.#deps.limits.maxInFlight);
    this.#queues.set(connection, queue);
    return queue;
  }
}

function answer(connection: Connection, refusal: Refusal): void {
  const answered = presentAnswer(emptyAnswer(refusal.answer), connection.state.problem);
  connection.send(responseBytes(refusal, answered));
}
