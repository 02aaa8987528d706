import type { Awaitable } from '../../../shared/awaitable.ts';
import type { SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
import type { Log } from '../../../shared/telemetry/log.ts';
import type { EndpointMap } from '../catalogue/endpoint.ts';
import type { Connection } from '../connections/connection.ts';

/** Takes a frame. `endpoints` is `undefined` if they cannot be found out. Must not fail. */
type Turn = (endpoints: EndpointMap | undefined) => void;

export type TurnsDeps = {
  readonly endpointsOf: (principal: SessionPrincipal) => Awaitable<EndpointMap>;
  readonly log: Log;
};

/**
 * Keeps the frames of a connection in the order in which they came, also while the hub has to find
 * out what its session may call: after it woke, and when the catalogue has changed.
 */
export class Turns {
  readonly #deps: TurnsDeps;
  /** When the frame that came last has had its turn. */
  readonly #waiting = new WeakMap<Connection, Promise<void>>();

  constructor(deps: TurnsDeps) {
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
