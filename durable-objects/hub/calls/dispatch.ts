/**
 * How a frame is served once its turn has come: routed, called and answered.
 *
 * @module
 */

import { type Awaitable, whenReady } from '../../../shared/awaitable.ts';
import { randomBytes } from '../../../shared/bytes.ts';
import type { Clock } from '../../../shared/clock.ts';
import {
  type Answer,
  emptyAnswer,
  jsonAnswer,
  presentAnswer,
} from '../../../shared/hub-protocol/answer.ts';
import {
  expectsResponse,
  Flag,
  hasFlag,
  type RequestFrame,
} from '../../../shared/hub-protocol/frame.ts';
import { unreachable } from '../../../shared/result.ts';
import type { Log } from '../../../shared/telemetry/log.ts';
import { continueTrace } from '../../../shared/telemetry/trace-context.ts';
import { describeEndpoint, type Endpoint, type EndpointMap } from '../catalogue/endpoint.ts';
import type { SessionEndpoints } from '../catalogue/session-endpoints.ts';
import type { Connection } from '../connections/connection.ts';
import { reply } from '../connections/reply.ts';
import type { Peers } from '../messaging/peers.ts';
import type { BoundCall } from '../shortcuts/shortcut.ts';
import type { Shortcuts } from '../shortcuts/shortcuts.ts';
import type { AnswerStore } from './answer-store.ts';
import type { PendingCall } from './call-queue.ts';
import { type Route, route } from './route.ts';
import type { Service } from './services/service.ts';

export type DispatcherNeeds = {
  readonly endpoints: Pick<SessionEndpoints, 'of'>;
  readonly shortcuts: Pick<Shortcuts, 'resolve'>;
  /** The service of an endpoint. `undefined` for the endpoint of {@link reauthentication}. */
  readonly serviceOf: (endpoint: Endpoint) => Service | undefined;
  readonly reauthentication: (connection: Connection) => Service;
  readonly peers: Pick<Peers, 'send' | 'broadcast'>;
  readonly answers: Pick<AnswerStore, 'find' | 'record'>;
  /** Called when an answer was recorded, so that it is removed when it expires. */
  readonly onRecorded: () => void;
  readonly newId: () => string;
  readonly clock: Clock;
  readonly log: Log;
};

const UNAVAILABLE = emptyAnswer('Service_Unavailable');
const NOT_RECORDED = emptyAnswer('MessageNotFound');

type ServedFrame = {
  readonly connection: Connection;
  readonly frame: RequestFrame;
  readonly pending: PendingCall;
};

export class Dispatcher {
  readonly #needs: DispatcherNeeds;

  constructor(needs: DispatcherNeeds) {
    this.#needs = needs;
  }

  /**
   * Serves a frame and sends its answer, if one is expected. Returns at once if there is nothing to
   * wait for. Does not fail.
   *
   * @param endpoints What the session could call when the frame came.
   */
  serve(
    connection: Connection,
    frame: RequestFrame,
    endpoints: EndpointMap,
    pending: PendingCall,
  ): Awaitable<void> {
    // A call that was queued when its connection was closed is not made [H37].
    if (connection.state.closed) return undefined;
    try {
      const served = whenReady(this.#answer(connection, frame, endpoints, pending), (answer) => {
        // A cancelled call is not answered [H30].
        if (!pending.isCancelled) reply(connection, frame, answer);
      });
      return served instanceof Promise
        ? served.catch((error: unknown) => this.#fail(connection, frame, error))
        : served;
    } catch (error) {
      return this.#fail(connection, frame, error);
    }
  }

  #fail(connection: Connection, frame: RequestFrame, error: unknown): void {
    this.#needs.log({ event: 'hub.frame_failed', level: 'error', error: String(error) });
    reply(connection, frame, UNAVAILABLE);
  }

  #answer(
    connection: Connection,
    frame: RequestFrame,
    endpoints: EndpointMap,
    pending: PendingCall,
  ): Awaitable<Answer> {
    const { principal } = connection.state;
    // While a call waited for its lane, its session may have lost the permission: it is looked up anew.
    const current = pending.hasWaited ? this.#needs.endpoints.of(principal) : endpoints;
    return whenReady(current, (callable) => {
      const shortcut = this.#needs.shortcuts.resolve(principal, frame.guid);
      return this.#follow(route(frame, callable, shortcut), { connection, frame, pending });
    });
  }

  #follow(chosen: Route, served: ServedFrame): Awaitable<Answer> {
    const { peers, clock } = this.#needs;
    const { connection, frame } = served;
    switch (chosen.to) {
      case 'refusal':
        return emptyAnswer(chosen.answer);
      case 'peer':
        return peers.send(connection, frame);
      case 'broadcast':
        return peers.broadcast(connection, frame);
      case 'description':
        return jsonAnswer(describeEndpoint(chosen.endpoint, frame.channel, clock()));
      case 'echo':
        return echo(frame);
      case 'endpoint':
        return this.#callOnce(served, chosen.call);
      default:
        return unreachable(chosen);
    }
  }

  /** Calls an endpoint, unless the answer to this message is recorded [H29]. */
  async #callOnce(served: ServedFrame, call: BoundCall): Promise<Answer> {
    const { answers, clock, onRecorded } = this.#needs;
    const { connection, frame, pending } = served;
    const { connectionId, problem } = connection.state;
    const isRecorded = expectsResponse(frame.flags) && !call.endpoint.repeatable;
    const before = isRecorded ? answers.find(connectionId, frame.messageId, clock()) : undefined;
    if (before !== undefined) return before;

    const called = await this.#call(served, call);
    if (!isRecorded || !connection.isOpen) return called;
    // What the service did of a cancelled call is unknown, and a repetition must not do it again.
    const answer = pending.isCancelled ? NOT_RECORDED : presentAnswer(called, problem);
    answers.record(connectionId, frame.messageId, answer, clock());
    onRecorded();
    return answer;
  }

  async #call({ connection, pending }: ServedFrame, call: BoundCall): Promise<Answer> {
    const { serviceOf, reauthentication, newId } = this.#needs;
    const { principal, clientIp, country, traceparent } = connection.state;
    const service = serviceOf(call.endpoint) ?? reauthentication(connection);
    return service({
      ...call,
      principal,
      clientIp,
      country,
      correlationId: newId(),
      traceparent: continueTrace(traceparent, randomBytes).traceparent,
      signal: pending.signal,
    });
  }
}

const echo = ({ flags, payload }: RequestFrame): Answer => ({
  name: 'OK',
  payload,
  binary: hasFlag(flags, Flag.binary),
  inPlace: true,
});
