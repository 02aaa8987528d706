import type { Bytes } from '../../../shared/bytes.ts';
import type { PeerMessage } from '../../../shared/contracts/connect/hub-rpc.ts';
import { encodeFrame } from '../../../shared/hub-protocol/encode-frame.ts';
import type { RequestFrame } from '../../../shared/hub-protocol/frame.ts';
import type { GuidText } from '../../../shared/hub-protocol/guid.ts';

/** What is passed on of a client's frame. */
export const toPeerMessage = (
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
export const peerFrame = (
  { from, flags, channel, messageId, payload }: PeerMessage,
  sequence: number,
): Bytes =>
  encodeFrame({ kind: 'request', flags, channel, sequence, guid: from, messageId, payload });
