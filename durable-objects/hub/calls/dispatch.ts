import { type Awaitable, whenReady } from '../../../shared/awaitable.ts';
import { randomBytes } from '../../../shared/bytes.ts';
import type { Clock } from '../../../shared/clock.ts';
import type { SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
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
import type { Connection } from '../connections/connection.ts';
import { reply } from '../connections/reply.ts';
import type { Peers } from '../messaging/peers.ts';
import type { BoundCall } from '../shortcuts/shortcut.ts';
import type { Shortcuts } from '../shortcuts/shortcuts.ts';
import type { AnswerStore } from './answer-store.ts';
import type { PendingCall } from './call-queue.ts';
import { type Route, route } from './route.ts';
import type { Service } from './services/service.ts';

export type DispatcherDeps = {
  readonly endpointsOf: (principal: SessionPrincipal) => Awaitable<EndpointMap>;
  readonly shortcuts: Pick<Shortcuts, 'resolve'>;
  readonly serviceOf: (endpoint: Endpoint, connection: Connection) => Service;
  readonly peers: Pick<Peers, 'send' | 'broadcast'>;
  readonly answers: AnswerStore;
  /** Answers were kept: they are to be removed when they expire. */
  readonly onKept: () => void;
  readonly newId: () => string;
  readonly clock: Clock;
  readonly log: Log;
};

const UNAVAILABLE = emptyAnswer('Service_Unavailable');
const NOT_KEPT = emptyAnswer('MessageNotFound');

/** A frame that is being served. */
type Order = {
  readonly connection: Connection;
  readonly frame: RequestFrame;
  readonly pending: PendingCall;
};

/** Serves admitted frames: routes, calls, and answers. */
export class Dispatcher {
  readonly #deps: DispatcherDeps;

  constructor(deps: DispatcherDeps) {
    this.#deps = deps;
  }

  /**
   * Serves a frame and sends its answer, if one is expected: at once, if nothing has to be waited
   * for. Does not fail.
   */
  serve(connection: Connection, frame: RequestFrame, pending: PendingCall): Awaitable<void> {
    // Calls that were still queued when the connection was closed are not executed [H24].
    if (connection.state.closed) return undefined;
    try {
      const served = whenReady(this.#answer(connection, frame, pending), (given) => {
        // Its client said that it no longer waits [H33].
        if (!pending.isCancelled) reply(connection, frame, given);
      });
      return served instanceof Promise
        ? served.catch((error: unknown) => this.#fail(connection, frame, error))
        : served;
    } catch (error) {
      return this.#fail(connection, frame, error);
    }
  }

  #fail(connection: Connection, frame: RequestFrame, error: unknown): void {
    this.#deps.log({ event: 'hub.frame_failed', level: 'error', error: String(error) });
    reply(connection, frame, UNAVAILABLE);
  }

  #answer(connection: Connection, frame: RequestFrame, pending: PendingCall): Awaitable<Answer> {
    const { endpointsOf, shortcuts } = this.#deps;
    const { principal } = connection.state;
    return whenReady(endpointsOf(principal), (endpoints) => {
      const shortcut = shortcuts.resolve(principal.sessionId, frame.guid);
      return this.#follow(route(frame, endpoints, shortcut), { connection, frame, pending });
    });
  }

  #follow(chosen: Route, order: Order): Awaitable<Answer> {
    const { peers, clock } = this.#deps;
    const { connection, frame } = order;
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
        return this.#once(order, chosen.call);
      default:
        return unreachable(chosen);
    }
  }

  /** Calls an endpoint, unless this very message called it before [H21]. */
  async #once(order: Order, call: BoundCall): Promise<Answer> {
    const { answers, clock, onKept } = this.#deps;
    const { connection, frame, pending } = order;
    const { connectionId, problem } = connection.state;
    const isKept = expectsResponse(frame.flags) && !call.endpoint.repeatable;
    const before = isKept ? answers.find(connectionId, frame.messageId, clock()) : undefined;
    if (before !== undefined) return before;

    const called = await this.#call(order, call);
    if (!isKept || !connection.isOpen) return called;
    // What the service did of a cancelled call is not known, but it is not to do it again.
    const given = pending.isCancelled ? NOT_KEPT : presentAnswer(called, problem);
    answers.keep(connectionId, frame.messageId, given, clock());
    onKept();
    return given;
  }

  async #call({ connection, pending }: Order, call: BoundCall): Promise<Answer> {
    const { principal, clientIp, country, traceparent } = connection.state;
    const service = this.#deps.serviceOf(call.endpoint, connection);
    return service({
      ...call,
      principal,
      clientIp,
      country,
      correlationId: this.#deps.newId(),
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
