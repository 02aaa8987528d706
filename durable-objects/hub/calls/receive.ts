import type { Awaitable } from '../../../shared/awaitable.ts';
import type { Clock } from '../../../shared/clock.ts';
import type { SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
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
import type { Log } from '../../../shared/telemetry/log.ts';
import type { EndpointMap } from '../catalogue/endpoint.ts';
import type { Connection } from '../connections/connection.ts';
import { controlEvent, type SendControlEvent } from '../connections/control-events.ts';
import { answer, reply } from '../connections/reply.ts';
import { type HubLimits, type Limit, readMessage, type Verdict } from '../frames/read-message.ts';
import type { ConnectionCloser } from '../lifecycle/close-connection.ts';
import type { CatchUp } from '../lifecycle/slow-clients.ts';
import type { CallQueues, PendingCall } from './call-queue.ts';
import type { ControlRequests } from './control-requests.ts';

export type ReceiverDeps = {
  readonly limits: HubLimits;
  readonly clock: Clock;
  readonly catchUp: Pick<CatchUp, 'go'>;
  readonly turns: FrameOrder;
  readonly signals: ControlRequests;
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
  readonly tell: SendControlEvent;
  readonly farewell: Pick<ConnectionCloser, 'close' | 'interrupt'>;
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
    const { meter, verdict } = readMessage(message, connection.state, this.#deps.limits, now);
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

/** Takes a frame. `endpoints` is `undefined` if they cannot be found out. Must not fail. */
type Turn = (endpoints: EndpointMap | undefined) => void;

export type FrameOrderDeps = {
  readonly endpointsOf: (principal: SessionPrincipal) => Awaitable<EndpointMap>;
  readonly log: Log;
};

/**
 * Keeps the frames of a connection in the order in which they came, also while the hub has to find
 * out what its session may call: after it woke, and when the catalogue has changed.
 */
export class FrameOrder {
  readonly #deps: FrameOrderDeps;
  /** When the frame that came last has had its turn. */
  readonly #waiting = new WeakMap<Connection, Promise<void>>();

  constructor(deps: FrameOrderDeps) {
    this.#deps = deps;
  }

  /** Gives a frame its turn: at once, if nothing has to be waited for. */
  take(connection: Connection, turn: Turn): Awaitable<void> {
    const { endpointsOf } = this.#deps;
    const before = this.#waiting.get(connection);
    const endpoints =
      before === undefined
        ? endpointsOf(connection.state.principal)
        : before.then(() => endpointsOf(connection.state.principal));
    return endpoints instanceof Promise ? this.#wait(connection, turn, endpoints) : turn(endpoints);
  }

  async #wait(connection: Connection, turn: Turn, endpoints: Promise<EndpointMap>): Promise<void> {
    const { promise: done, resolve } = Promise.withResolvers<void>();
    this.#waiting.set(connection, done);
    turn(await this.#found(endpoints));
    if (this.#waiting.get(connection) === done) this.#waiting.delete(connection);
    resolve();
  }

  async #found(endpoints: Promise<EndpointMap>): Promise<EndpointMap | undefined> {
    try {
      return await endpoints;
    } catch (error) {
      this.#deps.log({ event: 'hub.catalogue_failed', level: 'error', error: String(error) });
      return undefined;
    }
  }
}
