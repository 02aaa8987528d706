import type { Clock } from '../../../shared/clock.ts';
import type { DirectoryRpc } from '../../../shared/contracts/connect-rpc.ts';
import type { CloseCode } from '../../../shared/hub-protocol/close-codes.ts';
import type { Log } from '../../../shared/telemetry/log.ts';
import type { Connection } from './connection.ts';
import { ENDINGS, type Ending } from './endings.ts';
import { newMessageId } from './message-id.ts';

export type FarewellDeps = {
  readonly directoryOf: (subject: string) => DirectoryRpc;
  /** Drops what the hub holds for a connection besides its socket. */
  readonly forget: (connection: Connection) => void;
  readonly waitUntil: (work: Promise<void>) => void;
  readonly clock: Clock;
  readonly log: Log;
};

/** Sees connections off. After it, nothing of a connection is left here or in the directory. */
export class Farewell {
  readonly #deps: FarewellDeps;

  constructor(deps: FarewellDeps) {
    this.#deps = deps;
  }

  /** Tells the client why, then closes. */
  end(connection: Connection, ending: Ending): void {
    const { code, message } = ENDINGS[ending];
    const payload = {
      eventName: 'connect.disconnect-notification',
      eventId: crypto.randomUUID(),
      timestamp: new Date(this.#deps.clock()).toISOString(),
      reason: ending,
      message,
    };
    connection.sendEvent(payload, newMessageId());
    this.close(connection, code, ending);
  }

  close(connection: Connection, code: CloseCode, reason: string): void {
    connection.close(code, reason);
    this.#release(connection);
  }

  /** The client closed the socket, or it broke. Does nothing where the hub had closed it. */
  lost(connection: Connection): void {
    if (connection.state.closed) return;
    connection.lost();
    this.#release(connection);
  }

  #release(connection: Connection): void {
    this.#deps.forget(connection);
    this.#deps.waitUntil(this.#unregister(connection));
  }

  async #unregister(connection: Connection): Promise<void> {
    const { connectionId, principal } = connection.state;
    try {
      await this.#deps.directoryOf(principal.subject).unregister(connectionId);
    } catch (error) {
      // The entry expires by itself, and until then points to a hub that has no such connection.
      this.#deps.log({ event: 'hub.unregister_failed', level: 'error', error: String(error) });
    }
  }
}
