import type { Attachment } from '../frames/attachment.ts';
import { Connection, type ConnectionDeps } from './connection.ts';

type Sockets = Pick<DurableObjectState, 'acceptWebSocket' | 'getWebSockets'>;

const sessionTag = (sessionId: string): string => `s:${sessionId}`;
const connectionTag = (connectionId: string): string => `c:${connectionId}`;
const peerTag = (peerGuid: string): string => `p:${peerGuid}`;
const userTag = (subject: string): string => `u:${subject}`;

/**
 * The connections of a hub. The runtime holds the sockets and finds them by their tags; each becomes
 * a {@link Connection} once, when it is first asked for.
 */
export class Connections {
  readonly #sockets: Sockets;
  readonly #deps: ConnectionDeps;
  readonly #known = new WeakMap<WebSocket, Connection>();

  constructor(sockets: Sockets, deps: ConnectionDeps) {
    this.#sockets = sockets;
    this.#deps = deps;
  }

  /** Accepts a hibernating socket. */
  accept(socket: WebSocket, attachment: Attachment): Connection {
    const { sessionId, subject } = attachment.principal;
    const tags = [
      connectionTag(attachment.connectionId),
      sessionTag(sessionId),
      userTag(subject),
      peerTag(attachment.peerGuid),
    ];
    this.#sockets.acceptWebSocket(socket, tags);
    const connection = Connection.open(socket, attachment, this.#deps);
    this.#known.set(socket, connection);
    return connection;
  }

  /** The connection of a socket, open or not. `undefined` if its attachment cannot be read. */
  of(socket: WebSocket): Connection | undefined {
    const known = this.#known.get(socket);
    if (known !== undefined) return known;
    const restored = Connection.restore(socket, this.#deps);
    if (restored !== undefined) this.#known.set(socket, restored);
    return restored;
  }

  /** The open ones. */
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

  ofUser(subject: string): readonly Connection[] {
    return this.#openOnes(this.#sockets.getWebSockets(userTag(subject)));
  }

  /** Where a session has several, the older ones are about to be closed. */
  newestOf(sessionId: string): Connection | undefined {
    return this.ofSession(sessionId).toSorted((a, b) => b.state.epoch - a.state.epoch)[0];
  }

  #openOnes(sockets: readonly WebSocket[]): readonly Connection[] {
    return sockets.map((socket) => this.of(socket)).filter((connection) => isOpen(connection));
  }
}

const isOpen = (connection: Connection | undefined): connection is Connection =>
  connection?.isOpen === true;
