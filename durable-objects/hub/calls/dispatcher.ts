import { type Awaitable, whenReady } from '../../../shared/awaitable.ts';
import type { Clock } from '../../../shared/clock.ts';
import type { SessionPrincipal } from '../../../shared/contracts/principal.ts';
import {
  type Answer,
  emptyAnswer,
  jsonAnswer,
  presentAnswer,
  responseBytes,
} from '../../../shared/hub-protocol/answer.ts';
import { expectsResponse, Flag, hasFlag } from '../../../shared/hub-protocol/flags.ts';
import type { RequestFrame } from '../../../shared/hub-protocol/frame.ts';
import { unreachable } from '../../../shared/result.ts';
import type { Log } from '../../../shared/telemetry/log.ts';
import type { Endpoint, EndpointMap } from '../catalogue/endpoint.ts';
import type { Connection } from '../connections/connection.ts';
import type { Peers } from '../peers/peers.ts';
import type { AnswerStore } from './answer-store.ts';
import { describeEndpoint } from './description.ts';
import { type Route, route } from './routing.ts';
import type { Service } from './service-call.ts';

export type DispatcherDeps = {
  readonly endpointsOf: (principal: SessionPrincipal) => Awaitable<EndpointMap>;
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
  serve(connection: Connection, frame: RequestFrame): Awaitable<void> {
    // Calls that were still queued when the connection was closed are not executed [H24].
    if (!connection.isOpen) return undefined;
    const failed = (error: unknown) => this.#fail(connection, frame, error);
    try {
      const served = whenReady(this.#answer(connection, frame), (answer) =>
        reply(connection, frame, answer),
      );
      return served instanceof Promise ? served.catch(failed) : served;
    } catch (error) {
      return failed(error);
    }
  }

  #fail(connection: Connection, frame: RequestFrame, error: unknown): void {
    this.#deps.log({ event: 'hub.frame_failed', level: 'error', error: String(error) });
    reply(connection, frame, UNAVAILABLE);
  }

  #answer(connection: Connection, frame: RequestFrame): Awaitable<Answer> {
    const endpoints = this.#deps.endpointsOf(connection.state.principal);
    return whenReady(endpoints, (known) => this.#follow(route(frame, known), connection, frame));
  }

  #follow(chosen: Route, connection: Connection, frame: RequestFrame): Awaitable<Answer> {
    const { peers, clock } = this.#deps;
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
        return this.#once(connection, frame, chosen.endpoint);
      default:
        return unreachable(chosen);
    }
  }

  /** Calls an endpoint, unless this very message called it before [H21]. */
  async #once(connection: Connection, frame: RequestFrame, endpoint: Endpoint): Promise<Answer> {
    const { answers, clock, onKept } = this.#deps;
    const { connectionId, problem } = connection.state;
    const isKept = expectsResponse(frame.flags) && !endpoint.repeatable;
    const before = isKept ? answers.find(connectionId, frame.messageId, clock()) : undefined;
    if (before !== undefined) return before;

    const answer = presentAnswer(await this.#call(connection, frame, endpoint), problem);
    if (!isKept || !connection.isOpen) return answer;
    answers.keep(connectionId, frame.messageId, answer, clock());
    onKept();
    return answer;
  }

  #call(
    connection: Connection,
    { flags, payload }: RequestFrame,
    endpoint: Endpoint,
  ): Promise<Answer> {
    const { principal, clientIp, country } = connection.state;
    const binary = hasFlag(flags, Flag.binary);
    const correlationId = this.#deps.newId();
    const service = this.#deps.serviceOf(endpoint, connection);
    return service({ endpoint, payload, binary, principal, clientIp, country, correlationId });
  }
}

const echo = ({ flags, payload }: RequestFrame): Answer => ({
  name: 'OK',
  payload,
  binary: hasFlag(flags, Flag.binary),
});

function reply(connection: Connection, frame: RequestFrame, answer: Answer): void {
  if (!expectsResponse(frame.flags)) return;
  connection.send(responseBytes(frame, presentAnswer(answer, connection.state.problem)));
}
