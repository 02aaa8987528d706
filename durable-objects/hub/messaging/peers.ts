import type { Bytes } from '../../../shared/bytes.ts';
import type { HubPeerRpc, PeerMessage } from '../../../shared/contracts/connect/hub-rpc.ts';
import { type Answer, emptyAnswer, jsonAnswer } from '../../../shared/hub-protocol/answer.ts';
import { encodeFrame } from '../../../shared/hub-protocol/encode-frame.ts';
import type { RequestFrame } from '../../../shared/hub-protocol/frame.ts';
import type { GuidText } from '../../../shared/hub-protocol/guid.ts';
import { inParallel } from '../../../shared/in-parallel.ts';
import type { Connection } from '../connections/connection.ts';
import type { Connections } from '../connections/connections.ts';
import type { PositionOf } from '../connections/control-events.ts';
import type { PeerAddresses } from './peer-addresses.ts';

/** Whether clients may broadcast: not at all, to the clients of their own hub, or to those of all hubs. */
export type BroadcastMode = 'external' | 'internal' | 'relayed';

export type PeersNeeds = {
  /** The name of this hub. */
  readonly hub: string;
  readonly broadcastMode: BroadcastMode;
  readonly connections: Pick<Connections, 'all' | 'byPeer'>;
  readonly addresses: Pick<PeerAddresses, 'hubsOf'>;
  readonly positionOf: PositionOf;
  /** All hubs of the deployment. */
  readonly hubs: () => Promise<readonly string[]>;
  readonly hubAt: (name: string) => Pick<HubPeerRpc, 'deliverToPeer' | 'deliverToAll'>;
};

const BROADCAST_CONCURRENCY = 16;

/** Passes messages between clients, of this hub and of others. */
export class Peers {
  readonly #needs: PeersNeeds;

  constructor(needs: PeersNeeds) {
    this.#needs = needs;
  }

  /**
   * Sends a client's frame to the peer that it names.
   *
   * @returns The answer to the sender: whether the frame was written to the peer's socket. It does not
   *   say that the peer received or understood it.
   * @throws If the peer's hub cannot be reached.
   */
  async send(sender: Connection, frame: RequestFrame): Promise<Answer> {
    const message = toPeerMessage(frame, sender.state.peerGuid);
    if (message.to === message.from) return emptyAnswer('ClientNotFound');
    for (const hub of await this.#needs.addresses.hubsOf(message.to)) {
      const delivered =
        hub === this.#needs.hub
          ? this.deliver(message)
          : await this.#needs.hubAt(hub).deliverToPeer(message);
      if (delivered) return jsonAnswer({ status: 'delivered', targetPeerGuid: message.to });
    }
    return emptyAnswer('ClientNotFound');
  }

  /**
   * Sends a client's frame to every other client of this hub and, if the mode says so, of all hubs.
   *
   * @throws If a hub cannot be reached. The other hubs may have delivered the frame.
   */
  async broadcast(sender: Connection, frame: RequestFrame): Promise<Answer> {
    const { broadcastMode } = this.#needs;
    if (broadcastMode === 'external') return emptyAnswer('BroadcastNotAllowed');
    const message = toPeerMessage(frame, sender.state.peerGuid);
    const here = this.deliverToAll(message);
    const elsewhere = broadcastMode === 'relayed' ? await this.#relay(message) : 0;
    return jsonAnswer({ status: 'delivered', delivered: here + elsewhere });
  }

  /** Delivers to a peer if it is connected here. Returns whether it is. */
  deliver(message: PeerMessage): boolean {
    const peer = this.#needs.connections.byPeer(message.to);
    if (peer !== undefined) this.#deliver(message, peer);
    return peer !== undefined;
  }

  /** Delivers to every client of this hub but the sender. Returns how many there are. */
  deliverToAll(message: PeerMessage): number {
    const peers = this.#needs.connections
      .all()
      .filter(({ state }) => state.peerGuid !== message.from);
    for (const peer of peers) this.#deliver(message, peer);
    return peers.length;
  }

  #deliver(message: PeerMessage, peer: Connection): void {
    const { sessionId } = peer.state.principal;
    peer.send(peerFrame(message, this.#needs.positionOf(sessionId)));
  }

  async #relay(message: PeerMessage): Promise<number> {
    const { hub: own, hubs, hubAt } = this.#needs;
    const others = (await hubs()).filter((hub) => hub !== own);
    const counts = await inParallel(others, BROADCAST_CONCURRENCY, (hub) =>
      hubAt(hub).deliverToAll(message),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }
}

/** The members of a client's frame that are passed on. */
const toPeerMessage = (
  { guid, flags, channel, messageId, payload }: RequestFrame,
  from: GuidText,
): PeerMessage => ({
  from,
  to: guid,
  flags,
  channel,
  messageId,
  // A copy, because the view's buffer holds the whole frame and would be sent along.
  payload: payload.slice(),
});

/**
 * The frame that a peer is sent. The hub writes the sender's GUID, so that no sender can forge it. The
 * sequence is the peer's last one, so that the peer does not take the message for an event that it
 * could ask for again.
 */
const peerFrame = (
  { from, flags, channel, messageId, payload }: PeerMessage,
  sequence: number,
): Bytes =>
  encodeFrame({ kind: 'request', flags, channel, sequence, guid: from, messageId, payload });
