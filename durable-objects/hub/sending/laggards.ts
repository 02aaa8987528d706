import { type Clock, type Millis, seconds } from '../../../shared/clock.ts';
import type { Connection } from '../connections/connection.ts';
import type { Connections } from '../connections/connections.ts';
import type { Farewell } from '../connections/farewell.ts';
import type { CatchUp } from './catch-up.ts';

/** How long a client may be behind. */
export const PATIENCE = seconds(10);

export type LaggardsDeps = {
  readonly connections: Pick<Connections, 'all'>;
  readonly catchUp: CatchUp;
  readonly farewell: Pick<Farewell, 'interrupt'>;
  /** When the runtime last answered a keep-alive of the socket. */
  readonly lastPing: (socket: WebSocket) => Date | null;
  readonly clock: Clock;
};

/** Clients that do not take what they are sent. */
export class Laggards {
  readonly #deps: LaggardsDeps;

  constructor(deps: LaggardsDeps) {
    this.#deps = deps;
  }

  /** Lets go those that have been behind for too long. Returns when to look again, if at all. */
  async sweep(now: Millis): Promise<Millis | undefined> {
    let next: Millis | undefined;
    for (const connection of this.#deps.connections.all()) {
      const due = await this.#judge(connection, now);
      if (due !== undefined) next = Math.min(next ?? due, due);
    }
    return next;
  }

  async #judge(connection: Connection, now: Millis): Promise<Millis | undefined> {
    this.#notice(connection);
    const { behind } = connection.state;
    if (behind === null) return undefined;
    const due = behind.since + PATIENCE;
    if (now < due) return due;
    await this.#deps.farewell.interrupt(connection, 'too_slow');
    return undefined;
  }

  /** The runtime answers keep-alives without us, so nobody has noticed yet that there were some. */
  #notice(connection: Connection): void {
    const { catchUp, lastPing } = this.#deps;
    const { behind } = connection.state;
    if (behind === null || connection.liveness(lastPing).heardAt <= behind.since) return;
    connection.heardOf();
    catchUp.go(connection);
  }
}
