import type { Attachment } from './attachment.ts';
import { Connection } from './connection.ts';

type Sockets = Pick<DurableObjectState, 'acceptWebSocket' | 'getWebSockets'>;

const sessionTag = (sessionId: string): string => `s:${sessionId}`;
const connectionTag = (connectionId: string): string => `c:${connectionId}`;
const peerTag = (peerGuid: string): string => `p:${peerGuid}`;
const userTag = (subject: string): string => `u:${subject}`;

/** The open connections of a hub. The runtime holds them: there is no list of ours to lose. */
export class Connections {
  readonly #sockets: Sockets;

  constructor(sockets: Sockets) {
    this.#sockets = sockets;
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
    return Connection.open(socket, attachment);
  }

  all(): readonly Connection[] {
    return openOnes(this.#sockets.getWebSockets());
  }

  byId(connectionId: string): Connection | undefined {
    return openOnes(this.#sockets.getWebSockets(connectionTag(connectionId)))[0];
  }

  byPeer(peerGuid: string): Connection | undefined {
    return openOnes(this.#sockets.getWebSockets(peerTag(peerGuid)))[0];
  }

  ofSession(sessionId: string): readonly Connection[] {
    return openOnes(this.#sockets.getWebSockets(sessionTag(sessionId)));
  }

  ofUser(subject: string): readonly Connection[] {
    return openOnes(this.#sockets.getWebSockets(userTag(subject)));
  }

  /** Where a session has several, the older ones are about to be closed. */
  newestOf(sessionId: string): Connection | undefined {
    return this.ofSession(sessionId).toSorted((a, b) => b.state.epoch - a.state.epoch)[0];
  }
}

function openOnes(sockets: readonly WebSocket[]): readonly Connection[] {
  return sockets
    .map((socket) => Connection.from(socket))
    .filter((connection) => connection?.isOpen === true)
    .filter((connection) => connection !== undefined);
}
