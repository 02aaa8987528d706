import type { Awaitable } from '../../../shared/awaitable.ts';
import type { Clock } from '../../../shared/clock.ts';
import { emptyAnswer } from '../../../shared/hub-protocol/answer.ts';
import { CloseCode } from '../../../shared/hub-protocol/close-codes.ts';
import type { Refusal } from '../../../shared/hub-protocol/decode-frame.ts';
import {
  expectsResponse,
  Flag,
  hasFlag,
  type RequestFrame,
  type ResponseFrame,
} from '../../../shared/hub-protocol/frame.ts';
import type { EndpointMap } from '../catalogue/endpoint.ts';
import type { Connection } from '../connections/connection.ts';
import type { Farewell } from '../connections/farewell.ts';
import { type HubLimits, judge, type Limit, type Verdict } from '../hub.ts';
import type { CatchUp } from '../sending/catch-up.ts';
import { controlEvent, type Tell } from '../streams/tell.ts';
import type { CallQueues } from './call-queues.ts';
import type { PendingCall } from './pending-call.ts';
import { answer, reply } from './reply.ts';
import type { Signals } from './signals.ts';
import type { Turns } from './turns.ts';

export type ReceiverDeps = {
  readonly limits: HubLimits;
  readonly clock: Clock;
  readonly catchUp: Pick<CatchUp, 'go'>;
  readonly turns: Turns;
  readonly signals: Signals;
  readonly queues: CallQueues;
  /** Serves an admitted frame. Must not fail. */
  readonly serve: (
    connection: Connection,
    frame: RequestFrame,
    pending: PendingCall,
  ) => Awaitable<void>;
  /** Takes the response to something that the client was asked. */
  readonly answer: (connectionId: string, frame: ResponseFrame) => void;
  readonly waitUntil: (work: Promise<void>) => void;
  readonly tell: Tell;
  readonly farewell: Pick<Farewell, 'close' | 'interrupt'>;
};

/** Meta requests use the channel field for something else, so they have a lane of their own. */
const META_LANE = -1;

const TOO_MANY = emptyAnswer('TooManyRequests');
const UNAVAILABLE = emptyAnswer('Service_Unavailable');

/** Takes the messages of all connections of a hub. Never waits for a call. */
export class Receiver {
  readonly #deps: ReceiverDeps;

  constructor(deps: ReceiverDeps) {
    this.#deps = deps;
  }

  receive(connection: Connection, message: string | ArrayBuffer): void {
    const now = this.#deps.clock();
    const { meter, verdict } = judge(message, connection.state, this.#deps.limits, now);
    connection.heard(meter, now);
    this.#deps.catchUp.go(connection);
    this.#obey(connection, verdict);
  }

  #obey(connection: Connection, verdict: Verdict): void {
    switch (verdict.kind) {
      case 'answer':
        return this.#deps.answer(connection.state.connectionId, verdict.frame);
      case 'refuse':
        refuse(connection, verdict.refusal);
        if (verdict.close)
          this.#deps.farewell.close(connection, CloseCode.protocolError, 'protocol error');
        return;
      case 'limit':
        return this.#limit(connection, verdict);
      case 'serve':
        this.#serve(connection, verdict.frame);
    }
  }

  #limit(connection: Connection, { refusal, first, close, retryAfterMs }: Limit): void {
    const { clock, limits, tell, farewell, waitUntil } = this.#deps;
    const { messagesPerMinute } = limits;
    if (refusal !== undefined) refuse(connection, refusal);
    if (first) {
      const members = { messagesPerMinute, retryAfterMs };
      tell(connection, controlEvent('connect.rate-limited', members, clock()));
    }
    if (close) waitUntil(farewell.interrupt(connection, 'rate_limited', retryAfterMs));
  }

  #serve(connection: Connection, frame: RequestFrame): void {
    const { turns, waitUntil } = this.#deps;
    const done = turns.take(connection, (endpoints) => this.#take(connection, frame, endpoints));
    if (done !== undefined) waitUntil(done);
  }

  #take(connection: Connection, frame: RequestFrame, endpoints: EndpointMap | undefined): void {
    if (endpoints === undefined) return reply(connection, frame, UNAVAILABLE);
    const signalled = this.#deps.signals.take(connection, frame, endpoints);
    if (signalled !== undefined) reply(connection, frame, signalled);
    else this.#enqueue(connection, frame);
  }

  #enqueue(connection: Connection, frame: RequestFrame): void {
    const { queues, serve, waitUntil } = this.#deps;
    const lane = hasFlag(frame.flags, Flag.meta) ? META_LANE : frame.channel;
    const messageId = expectsResponse(frame.flags) ? frame.messageId : undefined;
    const taken = queues
      .of(connection)
      .take(lane, messageId, (pending) => serve(connection, frame, pending));
    if (taken.as === 'queued') waitUntil(taken.done);
    if (taken.as === 'overflow') reply(connection, frame, TOO_MANY);
  }
}

function refuse(connection: Connection, refusal: Refusal): void {
  const { retryAfterMs } = refusal;
  answer(connection, refusal, { ...emptyAnswer(refusal.answer), retryAfterMs });
}
