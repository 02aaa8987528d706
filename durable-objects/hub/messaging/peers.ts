import type { Bytes } from '../../../shared/bytes.ts';
import type { HubPeerRpc, PeerMessage } from '../../../shared/contracts/connect/hub-rpc.ts';
import { type Answer, emptyAnswer, jsonAnswer } from '../../../shared/hub-protocol/answer.ts';
import { encodeFrame } from '../../../shared/hub-protocol/encode-frame.ts';
import type { RequestFrame } from '../../../shared/hub-protocol/frame.ts';
import type { GuidText } from '../../../shared/hub-protocol/guid.ts';
import { inParallel } from '../../../shared/in-parallel.ts';
import type { Connection } from '../connections/connection.ts';
import type { Connections } from '../connections/connections.ts';
import type { Streams } from '../streams/streams.ts';
import type { PeerAddresses } from './peer-addresses.ts';

/**
 * Who may speak to all clients: nobody; or every client, to those of its own hub, or of all hubs.
 */
export type BroadcastMode = 'external' | 'internal' | 'relayed';

export type PeersDeps = {
  /** The name of this hub. */
  readonly hub: string;
  readonly broadcastMode: BroadcastMode;
  readonly connections: Pick<Connections, 'all' | 'byPeer'>;
  readonly addresses: Pick<PeerAddresses, 'hubsOf'>;
  readonly streams: Pick<Streams, 'positionOf'>;
  /** All hubs of the deployment. */
  readonly hubs: () => Promise<readonly string[]>;
  readonly hubAt: (name: string) => Pick<HubPeerRpc, 'deliverToPeer' | 'deliverToAll'>;
};

const BROADCAST_CONCURRENCY = 16;

/** Passes messages from client to client, here and at other hubs. */
export class Peers {
  readonly #deps: PeersDeps;

  constructor(deps: PeersDeps) {
    this.#deps = deps;
  }

  /**
   * Sends a client's frame to the peer that it names.
   *
   * @returns What the sender is told: that it was written to the peer's socket, or that there is no
   *   such peer. Not what the peer makes of it.
   * @throws If the peer's hub cannot be reached.
   */
  async send(sender: Connection, frame: RequestFrame): Promise<Answer> {
    const message = toPeerMessage(frame, sender.state.peerGuid);
    if (message.to === message.from) return emptyAnswer('ClientNotFound');
    for (const hub of await this.#deps.addresses.hubsOf(message.to)) {
      const delivered =
        hub === this.#deps.hub
          ? this.deliver(message)
          : await this.#deps.hubAt(hub).deliverToPeer(message);
      if (delivered) return jsonAnswer({ status: 'delivered', targetPeerGuid: message.to });
    }
    return emptyAnswer('ClientNotFound');
  }

  /**
   * Sends a client's frame to every other client of this hub and, if the mode says so, of all hubs.
   *
   * @throws If a hub cannot be reached: its clients did not get it.
   */
  async broadcast(sender: Connection, frame: RequestFrame): Promise<Answer> {
    const { broadcastMode } = this.#deps;
    if (broadcastMode === 'external') return emptyAnswer('BroadcastNotAllowed');
    const message = toPeerMessage(frame, sender.state.peerGuid);
    const here = this.deliverToAll(message);
    const elsewhere = broadcastMode === 'relayed' ? await this.#relay(message) : 0;
    return jsonAnswer({ status: 'delivered', delivered: here + elsewhere });
  }

  /** Returns whether the peer is connected here, and so got it. */
  deliver(message: PeerMessage): boolean {
    const peer = this.#deps.connections.byPeer(message.to);
    if (peer !== undefined) this.#deliver(message, peer);
    return peer !== undefined;
  }

  /** Delivers to every client here but the sender. Returns how many there are. */
  deliverToAll(message: PeerMessage): number {
    const peers = this.#deps.connections
      .all()
      .filter(({ state }) => state.peerGuid !== message.from);
    for (const peer of peers) this.#deliver(message, peer);
    return peers.length;
  }

  #deliver(message: PeerMessage, peer: Connection): void {
    const { sessionId } = peer.state.principal;
    peer.send(peerFrame(message, this.#deps.streams.positionOf(sessionId)));
  }

  async #relay(message: PeerMessage): Promise<number> {
    const { hub: own, hubs, hubAt } = this.#deps;
    const others = (await hubs()).filter((hub) => hub !== own);
    const counts = await inParallel(others, BROADCAST_CONCURRENCY, (hub) =>
      hubAt(hub).deliverToAll(message),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }
}

/** What is passed on of a client's frame. */
const toPeerMessage = (
  { guid, flags, channel, messageId, payload }: RequestFrame,
  from: GuidText,
): PeerMessage => ({
  from,
  to: guid,
  flags,
  channel,
  messageId,
  // A copy: the view's buffer holds the whole frame, and would go with it.
  payload: payload.slice(),
});

/**
 * The frame that a peer gets: the GUID says who sent it, which no sender can forge, and the sequence
 * repeats the peer's own, so that it never mistakes a message for an event that it may ask for again.
 */
const peerFrame = (
  { from, flags, channel, messageId, payload }: PeerMessage,
  sequence: number,
): Bytes =>
  encodeFrame({ kind: 'request', flags, channel, sequence, guid: from, messageId, payload });
