import { seconds } from '../../../shared/clock.ts';
import type { ConnectionView, Peer } from '../../../shared/contracts/connect/hub-rpc.ts';
import type { Connection } from '../connections/connection.ts';
import type { Connections } from '../connections/connections.ts';
import type { Streams } from '../streams/streams.ts';

export type PresenceDeps = {
  /** The name of the hub. */
  readonly shard: string;
  readonly connections: Pick<Connections, 'newestOf' | 'ofSession' | 'ofUser'>;
  readonly streams: Pick<Streams, 'find'>;
  /** When the runtime last answered a keep-alive of the socket. */
  readonly lastPing: (socket: WebSocket) => Date | null;
};

/** Says who is connected here. */
export class Presence {
  readonly #deps: PresenceDeps;

  constructor(deps: PresenceDeps) {
    this.#deps = deps;
  }

  /** Which of these sessions are connected, or may come back. */
  holding(sessionIds: readonly string[]): readonly string[] {
    const { connections, streams } = this.#deps;
    return sessionIds.filter(
      (id) => streams.find(id) !== undefined || connections.ofSession(id).length > 0,
    );
  }

  peersOf(sessionIds: readonly string[]): readonly Peer[] {
    return sessionIds
      .map((id) => this.#deps.connections.newestOf(id)?.state)
      .filter((state) => state !== undefined)
      .map(({ principal, peerGuid }) => ({ sessionId: principal.sessionId, peerGuid }));
  }

  connectionsOf(subject: string): readonly ConnectionView[] {
    return this.#deps.connections.ofUser(subject).map((connection) => this.#view(connection));
  }

  #view(connection: Connection): ConnectionView {
    const { principal, connectionId, peerGuid, clientIp, country } = connection.state;
    const { expiresAt, heardAt } = connection.liveness(this.#deps.lastPing);
    return {
      connectionId,
      sessionId: principal.sessionId,
      hub: this.#deps.shard,
      clientId: principal.clientId,
      roles: [...principal.roles],
      peerGuid,
      clientIp,
      country,
      heardAt,
      expiresAt: seconds(expiresAt),
    };
  }
}
