/**
 * Reads and writes GUIDs: 16 bytes on the wire, in the order of the digits of the text (RFC 9562
 * §4).
 *
 * It does not use `toHex` and `fromHex`, because the client SDK runs where those do not exist.
 *
 * @module
 */

import type { Bytes } from '../bytes.ts';

/** 36 characters, lower case. */
export type GuidText = string;

const SHAPE = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
/** The text has hyphens before the bytes 4, 6, 8 and 10. */
const hyphenBefore = (at: number): boolean => at >= 4 && at <= 10 && at % 2 === 0;
/** The value of a digit that {@link SHAPE} admitted, in either case. */
const digit = (code: number): number => (code & 0x0f) + 9 * (code >> 6);

/** The sender of control messages: the hub itself. */
export const ZERO_GUID: GuidText = '00000000-0000-0000-0000-000000000000';
/** Every other client. */
export const BROADCAST_GUID: GuidText = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** @throws {TypeError} If `bytes` are not 16. */
export function guidToText(bytes: Uint8Array): GuidText {
  if (bytes.length !== 16) throw new TypeError(`Cannot read GUID: ${bytes.length} bytes`);
  let text = '';
  for (let at = 0; at < 16; at += 1) {
    if (hyphenBefore(at)) text += '-';
    text += HEX[bytes[at] ?? 0];
  }
  return text;
}

type Recent = { a: number; b: number; c: number; d: number; text: GuidText };

/**
 * GUIDs that were read lately, as four words and as text. Clients send the same few again and
 * again.
 */
const recent: Recent[] = Array.from({ length: 256 }, () => ({
  a: 0,
  b: 0,
  c: 0,
  d: 0,
  text: ZERO_GUID,
}));

/** Reads the GUID at `offset`. Faster than {@link guidToText} for one that was read before. */
export function readGuid(view: DataView, offset: number): GuidText {
  const a = view.getUint32(offset);
  const b = view.getUint32(offset + 4);
  const c = view.getUint32(offset + 8);
  const d = view.getUint32(offset + 12);
  const cached = recent[(a ^ d) & 0xff];
  if (cached?.a === a && cached.b === b && cached.c === c && cached.d === d) return cached.text;
  const text = guidToText(new Uint8Array(view.buffer, view.byteOffset + offset, 16));
  recent[(a ^ d) & 0xff] = { a, b, c, d, text };
  return text;
}

/** Either case is read. Returns `undefined` if `text` is not a GUID. */
export function guidFromText(text: string): Bytes | undefined {
  if (!SHAPE.test(text)) return undefined;
  const bytes = new Uint8Array(16);
  for (let at = 0, place = 0; at < 16; at += 1, place += 2) {
    if (hyphenBefore(at)) place += 1;
    bytes[at] = 16 * digit(text.charCodeAt(place)) + digit(text.charCodeAt(place + 1));
  }
  return bytes;
}
