import { seconds } from '../../../shared/clock.ts';
import type { ConnectionView, Peer } from '../../../shared/contracts/connect/hub-rpc.ts';
import type { Connection } from '../connections/connection.ts';
import type { Connections } from '../connections/connections.ts';
import type { Streams } from '../streams/streams.ts';

export type PresenceNeeds = {
  /** The name of this hub. */
  readonly hub: string;
  readonly connections: Pick<Connections, 'newestOf' | 'ofSession' | 'ofUser'>;
  readonly streams: Pick<Streams, 'find'>;
  /** When the runtime last answered a keep-alive of a socket. */
  readonly lastPing: (socket: WebSocket) => Date | null;
};

/** Tells other Workers who is connected to this hub. */
export class Presence {
  readonly #needs: PresenceNeeds;

  constructor(needs: PresenceNeeds) {
    this.#needs = needs;
  }

  /** Which of these sessions are connected, or have a stream that waits for them. */
  holding(sessionIds: readonly string[]): readonly string[] {
    const { connections, streams } = this.#needs;
    return sessionIds.filter(
      (id) => streams.find(id) !== undefined || connections.ofSession(id).length > 0,
    );
  }

  /** The peer GUIDs of those of these sessions that are connected. */
  peersOf(sessionIds: readonly string[]): readonly Peer[] {
    return sessionIds
      .map((id) => this.#needs.connections.newestOf(id)?.state)
      .filter((state) => state !== undefined)
      .map(({ principal, peerGuid }) => ({ sessionId: principal.sessionId, peerGuid }));
  }

  connectionsOf(subject: string): readonly ConnectionView[] {
    return this.#needs.connections.ofUser(subject).map((connection) => this.#view(connection));
  }

  #view(connection: Connection): ConnectionView {
    const { principal, connectionId, peerGuid, clientIp, country } = connection.state;
    const { expiresAt, heardAt } = connection.liveness(this.#needs.lastPing);
    return {
      connectionId,
      sessionId: principal.sessionId,
      hub: this.#needs.hub,
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
