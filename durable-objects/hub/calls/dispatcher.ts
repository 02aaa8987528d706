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
import { route } from './routing.ts';
import type { Service } from './service-call.ts';

export type DispatcherDeps = {
  readonly endpointsOf: (principal: SessionPrincipal) => Promise<EndpointMap>;
  readonly serviceOf: (endpoint: Endpoint, connection: Connection) => Service;
  readonly peers: Pick<Peers, 'send' | 'broadcast'>;
  readonly answers: AnswerStore;
  /** Answers were kept: they are to be removed when they expire. */
  readonly onKept: () => void;
  readonly newId: () => string;
  readonly clock: Clock;
  readonly log: Log;
};

/** Serves admitted frames: routes, calls, and answers. */
export class Dispatcher {
  readonly #deps: DispatcherDeps;

  constructor(deps: DispatcherDeps) {
    this.#deps = deps;
  }

  /** Serves a frame and sends its answer, if one is expected. Does not reject. */
  async serve(connection: Connection, frame: RequestFrame): Promise<void> {
    // Calls that were still queued when the connection was closed are not executed [H24].
    if (!connection.isOpen) return;
    const correlationId = this.#deps.newId();
    try {
      const answer = await this.#answer(connection, frame, correlationId);
      if (expectsResponse(frame.flags)) connection.send(responseBytes(frame, answer));
    } catch (error) {
      const { log } = this.#deps;
      log({ event: 'hub.frame_failed', level: 'error', correlationId, error: String(error) });
      const failed = presentAnswer(emptyAnswer('Service_Unavailable'), connection.state.problem);
      if (expectsResponse(frame.flags)) connection.send(responseBytes(frame, failed));
    }
  }

  async #answer(
    connection: Connection,
    frame: RequestFrame,
    correlationId: string,
  ): Promise<Answer> {
    const { principal, problem } = connection.state;
    const chosen = route(frame, await this.#deps.endpointsOf(principal));
    switch (chosen.to) {
      case 'refusal':
        return presentAnswer(emptyAnswer(chosen.answer), problem);
      case 'peer':
        return presentAnswer(await this.#deps.peers.send(connection, frame), problem);
      case 'broadcast':
        return presentAnswer(await this.#deps.peers.broadcast(connection, frame), problem);
      case 'description':
        return jsonAnswer(describeEndpoint(chosen.endpoint, frame.channel, this.#deps.clock()));
      case 'endpoint':
        return this.#once(connection, frame, chosen.endpoint, correlationId);
      default:
        return unreachable(chosen);
    }
  }

  /** Calls an endpoint, unless this very message called it before [H21]. */
  async #once(
    connection: Connection,
    frame: RequestFrame,
    endpoint: Endpoint,
    correlationId: string,
  ): Promise<Answer> {
    const { answers, clock, onKept } = this.#deps;
    const { connectionId, problem } = connection.state;
    const isKept = expectsResponse(frame.flags) && !endpoint.repeatable;
    const before = isKept ? answers.find(connectionId, frame.messageId, clock()) : undefined;
    if (before !== undefined) return presentAnswer(before, problem);

    const answer = presentAnswer(
      await this.#call(connection, frame, endpoint, correlationId),
      problem,
    );
    if (!isKept || !connection.isOpen) return answer;
    answers.keep(connectionId, frame.messageId, answer, clock());
    onKept();
    return answer;
  }

  #call(
    connection: Connection,
    { flags, payload }: RequestFrame,
    endpoint: Endpoint,
    correlationId: string,
  ): Promise<Answer> {
    const { principal, clientIp, country } = connection.state;
    const binary = hasFlag(flags, Flag.binary);
    const service = this.#deps.serviceOf(endpoint, connection);
    return service({ endpoint, payload, binary, principal, clientIp, country, correlationId });
  }
}
