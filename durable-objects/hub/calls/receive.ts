/**
 * Handles each message of a client until its call is made: rules [H11]–[H17], [H27] and [H28].
 *
 * @module
 */

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
} from '../../../shared/hub-protocol/frame.ts';
import type { Log } from '../../../shared/telemetry/log.ts';
import type { EndpointMap } from '../catalogue/endpoint.ts';
import type { SessionEndpoints } from '../catalogue/session-endpoints.ts';
import type { Connection } from '../connections/connection.ts';
import { controlEvent, type SendControlEvent } from '../connections/control-events.ts';
import { reply, respond } from '../connections/reply.ts';
import {
  type HubLimits,
  type RateExceeded,
  readMessage,
  type Verdict,
} from '../frames/read-message.ts';
import type { ConnectionCloser } from '../lifecycle/close-connection.ts';
import type { SlowClients } from '../lifecycle/slow-clients.ts';
import type { Questions } from '../messaging/questions.ts';
import type { CallQueues } from './call-queue.ts';
import type { ControlRequests } from './control-requests.ts';
import type { Dispatcher } from './dispatch.ts';

export type ReceiverNeeds = {
  readonly limits: HubLimits;
  readonly slowClients: Pick<SlowClients, 'catchUp'>;
  readonly frameOrder: Pick<FrameOrder, 'take'>;
  readonly controlRequests: Pick<ControlRequests, 'take'>;
  readonly queues: CallQueues;
  readonly dispatcher: Pick<Dispatcher, 'serve'>;
  readonly questions: Pick<Questions, 'answer'>;
  readonly closer: Pick<ConnectionCloser, 'close' | 'interrupt'>;
  readonly sendControlEvent: SendControlEvent;
  readonly waitUntil: (work: Promise<void>) => void;
  readonly clock: Clock;
};

/** Meta requests use the channel for something else, so they are in a lane of their own. */
const META_LANE = -1;

const TOO_MANY = emptyAnswer('TooManyRequests');
const UNAVAILABLE = emptyAnswer('Service_Unavailable');

/** Receives the messages of all connections of a hub. It never waits for a call. */
export class Receiver {
  readonly #needs: ReceiverNeeds;

  constructor(needs: ReceiverNeeds) {
    this.#needs = needs;
  }

  receive(connection: Connection, message: string | ArrayBuffer): void {
    const now = this.#needs.clock();
    const { meter, verdict } = readMessage(message, connection.state, this.#needs.limits, now);
    connection.heard(meter, now);
    this.#needs.slowClients.catchUp(connection);
    this.#obey(connection, verdict);
  }

  #obey(connection: Connection, verdict: Verdict): void {
    switch (verdict.kind) {
      case 'answer':
        return this.#needs.questions.answer(connection.state.connectionId, verdict.frame);
      case 'refuse':
        refuse(connection, verdict.refusal);
        if (verdict.close)
          this.#needs.closer.close(connection, CloseCode.protocolError, 'protocol error');
        return;
      case 'limit':
        return this.#limit(connection, verdict);
      case 'serve':
        this.#serve(connection, verdict.frame);
    }
  }

  #limit(connection: Connection, { refusal, first, close, retryAfterMs }: RateExceeded): void {
    const { clock, limits, sendControlEvent, closer, waitUntil } = this.#needs;
    const { messagesPerMinute } = limits;
    if (refusal !== undefined) refuse(connection, refusal);
    if (first) {
      const members = { messagesPerMinute, retryAfterMs };
      sendControlEvent(connection, controlEvent('connect.rate-limited', members, clock()));
    }
    if (close) waitUntil(closer.interrupt(connection, 'rate_limited', retryAfterMs));
  }

  #serve(connection: Connection, frame: RequestFrame): void {
    const { frameOrder, waitUntil } = this.#needs;
    const done = frameOrder.take(connection, (endpoints) =>
      this.#take(connection, frame, endpoints),
    );
    if (done !== undefined) waitUntil(done);
  }

  #take(connection: Connection, frame: RequestFrame, endpoints: EndpointMap | undefined): void {
    if (endpoints === undefined) return reply(connection, frame, UNAVAILABLE);
    const answer = this.#needs.controlRequests.take(connection, frame, endpoints);
    if (answer === undefined) this.#enqueue(connection, frame, endpoints);
    else reply(connection, frame, answer);
  }

  #enqueue(connection: Connection, frame: RequestFrame, endpoints: EndpointMap): void {
    const { queues, dispatcher, waitUntil } = this.#needs;
    const lane = hasFlag(frame.flags, Flag.meta) ? META_LANE : frame.channel;
    const messageId = expectsResponse(frame.flags) ? frame.messageId : undefined;
    const taken = queues
      .of(connection)
      .take(lane, messageId, (pending) => dispatcher.serve(connection, frame, endpoints, pending));
    if (taken.as === 'queued') waitUntil(taken.done);
    if (taken.as === 'overflow') reply(connection, frame, TOO_MANY);
  }
}

function refuse(connection: Connection, refusal: Refusal): void {
  const { retryAfterMs } = refusal;
  respond(connection, refusal, { ...emptyAnswer(refusal.answer), retryAfterMs });
}

/** Handles a frame. `endpoints` is `undefined` if they cannot be found out. Must not fail. */
type FrameHandler = (endpoints: EndpointMap | undefined) => void;

export type FrameOrderNeeds = {
  readonly endpoints: Pick<SessionEndpoints, 'of'>;
  readonly log: Log;
};

/**
 * Looks up the endpoints for each frame, and keeps the frames of a connection in order while that
 * takes time: after the hub woke, and after the catalogue has changed.
 */
export class FrameOrder {
  readonly #needs: FrameOrderNeeds;
  /** Resolves when the last frame of a connection that waits has been handled. */
  readonly #waiting = new WeakMap<Connection, Promise<void>>();

  constructor(needs: FrameOrderNeeds) {
    this.#needs = needs;
  }

  /** Handles a frame at once, if its endpoints are cached and no earlier frame waits. */
  take(connection: Connection, handle: FrameHandler): Awaitable<void> {
    const before = this.#waiting.get(connection);
    const endpoints =
      before === undefined
        ? this.#endpointsOf(connection)
        : before.then(() => this.#endpointsOf(connection));
    return endpoints instanceof Promise
      ? this.#wait(connection, handle, endpoints)
      : handle(endpoints);
  }

  #endpointsOf({ state }: Connection): Awaitable<EndpointMap> {
    return this.#needs.endpoints.of(state.principal);
  }

  async #wait(
    connection: Connection,
    handle: FrameHandler,
    endpoints: Promise<EndpointMap>,
  ): Promise<void> {
    const { promise: done, resolve } = Promise.withResolvers<void>();
    this.#waiting.set(connection, done);
    handle(await this.#settled(endpoints));
    if (this.#waiting.get(connection) === done) this.#waiting.delete(connection);
    resolve();
  }

  async #settled(endpoints: Promise<EndpointMap>): Promise<EndpointMap | undefined> {
    try {
      return await endpoints;
    } catch (error) {
      this.#needs.log({ event: 'hub.catalogue_failed', level: 'error', error: String(error) });
      return undefined;
    }
  }
}
