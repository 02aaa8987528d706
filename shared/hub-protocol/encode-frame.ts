import type { Bytes } from '../bytes.ts';
import {
  Flag,
  type Frame,
  hasFlag,
  REQUEST_HEADER_BYTES,
  RESERVED_FLAGS,
  RESPONSE_HEADER_BYTES,
  type RequestFrame,
  type ResponseFrame,
} from './frame.ts';
import { guidFromText } from './guid.ts';

/**
 * Writes a frame.
 *
 * @throws {TypeError} If a field does not fit its width, or the flags belong to the other layout.
 */
export function encodeFrame(frame: Frame): Bytes {
  assertFits(frame);
  return frame.kind === 'response' ? encodeResponse(frame) : encodeRequest(frame);
}

function encodeRequest(frame: RequestFrame): Bytes {
  const guid = guidFromText(frame.guid);
  if (guid === undefined) throw new TypeError('Cannot encode frame: the GUID is malformed');
  const bytes = new Uint8Array(REQUEST_HEADER_BYTES + frame.payload.length);
  const view = writeStart(bytes, frame);
  bytes.set(guid, 7);
  view.setBigUint64(23, frame.messageId);
  bytes.set(frame.payload, REQUEST_HEADER_BYTES);
  return bytes;
}

function encodeResponse(frame: ResponseFrame): Bytes {
  const bytes = new Uint8Array(RESPONSE_HEADER_BYTES + frame.payload.length);
  const view = writeStart(bytes, frame);
  view.setBigUint64(7, frame.messageId);
  view.setUint8(15, frame.code);
  bytes.set(frame.payload, RESPONSE_HEADER_BYTES);
  return bytes;
}

function writeStart(bytes: Bytes, { flags, channel, sequence }: Frame): DataView {
  const view = new DataView(bytes.buffer);
  view.setUint8(0, flags);
  view.setUint16(1, channel);
  view.setUint32(3, sequence);
  return view;
}

/** Overwrites the sequence of an encoded frame. */
export function setSequence(frame: Uint8Array, sequence: number): void {
  frame[3] = sequence >>> 24;
  frame[4] = sequence >>> 16;
  frame[5] = sequence >>> 8;
  frame[6] = sequence;
}

function assertFits(frame: Frame): void {
  const fits =
    isUint(frame.flags, 0xff) &&
    (frame.flags & RESERVED_FLAGS) === 0 &&
    hasFlag(frame.flags, Flag.response) === (frame.kind === 'response') &&
    isUint(frame.channel, 0xffff) &&
    isUint(frame.sequence, 0xffff_ffff) &&
    BigInt.asUintN(64, frame.messageId) === frame.messageId &&
    (frame.kind === 'request' || isUint(frame.code, 0xff));
  if (!fits) throw new TypeError(`Cannot encode ${frame.kind}: a field does not fit its width`);
}

const isUint = (value: number, max: number): boolean =>
  Number.isInteger(value) && value >= 0 && value <= max;
