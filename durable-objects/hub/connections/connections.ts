import { namesOfUser } from '../../../shared/contracts/edge/principal.ts';
import type { Attachment } from '../frames/attachment.ts';
import { Connection, type ConnectionNeeds } from './connection.ts';

type Sockets = Pick<DurableObjectState, 'acceptWebSocket' | 'getWebSockets'>;

const sessionTag = (sessionId: string): string => `s:${sessionId}`;
const connectionTag = (connectionId: string): string => `c:${connectionId}`;
const peerTag = (peerGuid: string): string => `p:${peerGuid}`;
const userTag = (name: string): string => `u:${name}`;

/**
 * The connections of a hub. The runtime holds the sockets and finds them by their tags; a
 * {@link Connection} is made of each when it is first looked up.
 */
export class Connections {
  readonly #sockets: Sockets;
  readonly #needs: ConnectionNeeds;
  readonly #cached = new WeakMap<WebSocket, Connection>();

  constructor(sockets: Sockets, needs: ConnectionNeeds) {
    this.#sockets = sockets;
    this.#needs = needs;
  }

  /** Accepts a hibernating socket. */
  accept(socket: WebSocket, attachment: Attachment): Connection {
    const { principal } = attachment;
    const tags = [
      connectionTag(attachment.connectionId),
      sessionTag(principal.sessionId),
      ...namesOfUser(principal).map(userTag),
      peerTag(attachment.peerGuid),
    ];
    this.#sockets.acceptWebSocket(socket, tags);
    const connection = Connection.open(socket, attachment, this.#needs);
    this.#cached.set(socket, connection);
    return connection;
  }

  /** The connection of a socket, open or closed. `undefined` if its attachment is unreadable. */
  ofSocket(socket: WebSocket): Connection | undefined {
    const cached = this.#cached.get(socket);
    if (cached !== undefined) return cached;
    const restored = Connection.restore(socket, this.#needs);
    if (restored !== undefined) this.#cached.set(socket, restored);
    return restored;
  }

  /** The open connections. */
  all(): readonly Connection[] {
    return this.#openOnes(this.#sockets.getWebSockets());
  }

  byId(connectionId: string): Connection | undefined {
    return this.#openOnes(this.#sockets.getWebSockets(connectionTag(connectionId)))[0];
  }

  byPeer(peerGuid: string): Connection | undefined {
    return this.#openOnes(this.#sockets.getWebSockets(peerTag(peerGuid)))[0];
  }

  ofSession(sessionId: string): readonly Connection[] {
    return this.#openOnes(this.#sockets.getWebSockets(sessionTag(sessionId)));
  }

  /** @param name The account, or a `sub` of it. */
  ofUser(name: string): readonly Connection[] {
    return this.#openOnes(this.#sockets.getWebSockets(userTag(name)));
  }

  /** The newest open connection. Where a session has several, the older are about to be closed. */
  newestOf(sessionId: string): Connection | undefined {
    return this.ofSession(sessionId).toSorted((a, b) => b.state.epoch - a.state.epoch)[0];
  }

  #openOnes(sockets: readonly WebSocket[]): readonly Connection[] {
    return sockets
      .map((socket) => this.ofSocket(socket))
      .filter((connection) => isOpen(connection));
  }
}

const isOpen = (connection: Connection | undefined): connection is Connection =>
  connection?.isOpen === true;
