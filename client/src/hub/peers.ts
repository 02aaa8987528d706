import { Flag, hasFlag, type RequestFrame } from '../../../shared/hub-protocol/frame.ts';
import type { GuidText } from '../../../shared/hub-protocol/guid.ts';
import { fromPayload } from './payload.ts';

/** A message of another client. The hub vouches for `from`, and for nothing else. */
export type PeerMessage = {
  /** The sender's peer GUID: an answer goes there. */
  readonly from: GuidText;
  readonly channel: number;
  /** Bytes where the sender sent bytes, else its JSON. */
  readonly payload: unknown;
};

export const toPeerMessage = ({ guid, channel, flags, payload }: RequestFrame): PeerMessage => ({
  from: guid,
  channel,
  payload: hasFlag(flags, Flag.binary) ? payload : fromPayload(payload),
});
