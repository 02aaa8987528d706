import { err, ok, type Result } from '../result.ts';
import {
  type Correlation,
  Flag,
  type Frame,
  hasFlag,
  NO_CORRELATION,
  REQUEST_HEADER_BYTES,
  RESERVED_FLAGS,
  RESPONSE_HEADER_BYTES,
} from './frame.ts';
import { readGuid } from './guid.ts';
import type { ResponseName } from './response-codes.ts';

/** A frame that is not served, with the answer and what the answer repeats. */
export type Refusal = Correlation & {
  readonly flags: number;
  readonly answer: ResponseName;
  /** How long to wait before the next attempt, if that is known. */
  readonly retryAfterMs?: number;
};

/**
 * Reads the header of a frame. Never throws and never copies: `payload` is a view of `message`.
 *
 * This does NOT judge whether the sender may send such a frame: see {@link admitFrame}. It does not
 * look at the payload, so the cost is constant.
 *
 * @returns `RequestError` for a frame shorter than its header, or with a reserved flag.
 */
export function decodeFrame(message: ArrayBuffer | Uint8Array): Result<Frame, Refusal> {
  const view = message instanceof Uint8Array ? viewOf(message) : new DataView(message);
  const flags = view.byteLength === 0 ? 0 : view.getUint8(0);
  const isResponse = hasFlag(flags, Flag.response);
  if (view.byteLength < (isResponse ? RESPONSE_HEADER_BYTES : REQUEST_HEADER_BYTES)) {
    return err(unreadable('RequestError'));
  }
  const frame = isResponse ? readResponse(view) : readRequest(view);
  if ((flags & RESERVED_FLAGS) !== 0) return err(refuse(frame, 'RequestError'));
  return ok(frame);
}

export type FrameLimits = {
  readonly maxChannel: number;
  readonly maxPayloadBytes: number;
};

/**
 * Judges a frame that a client sent. A client never compresses, stays below the highest channel
 * (with the meta flag the field means something else), and within the payload limit.
 */
export function admitFrame(frame: Frame, limits: FrameLimits): Result<Frame, Refusal> {
  if (hasFlag(frame.flags, Flag.compressed)) return err(refuse(frame, 'RequestError'));
  if (frame.payload.length > limits.maxPayloadBytes) return err(refuse(frame, 'RequestTooLarge'));
  if (!hasFlag(frame.flags, Flag.meta) && frame.channel > limits.maxChannel) {
    return err(refuse(frame, 'InvalidRequestChannel'));
  }
  return ok(frame);
}

/** The refusal of a message that has no readable header. */
export const unreadable = (answer: ResponseName): Refusal => ({
  ...NO_CORRELATION,
  flags: 0,
  answer,
});

/** The refusal of a frame, without the reserved flags it may have set. */
export const refuse = (
  { flags, channel, sequence, messageId }: Frame,
  answer: ResponseName,
): Refusal => ({ flags: flags & ~RESERVED_FLAGS, channel, sequence, messageId, answer });

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);

const payloadOf = ({ buffer, byteOffset, byteLength }: DataView, header: number): Uint8Array =>
  new Uint8Array(buffer, byteOffset + header, byteLength - header);

const readRequest = (view: DataView): Frame => ({
  kind: 'request',
  flags: view.getUint8(0),
  channel: view.getUint16(1),
  sequence: view.getUint32(3),
  guid: readGuid(view, 7),
  messageId: view.getBigUint64(23),
  payload: payloadOf(view, REQUEST_HEADER_BYTES),
});

const readResponse = (view: DataView): Frame => ({
  kind: 'response',
  flags: view.getUint8(0),
  channel: view.getUint16(1),
  sequence: view.getUint32(3),
  messageId: view.getBigUint64(7),
  code: view.getUint8(15),
  payload: payloadOf(view, RESPONSE_HEADER_BYTES),
});
