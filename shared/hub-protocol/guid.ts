/**
 * GUIDs: 16 bytes on the wire, the digits of the text from left to right (RFC 9562 §4).
 *
 * @module
 */

import type { Bytes } from '../bytes.ts';

/** 36 characters, lower case. */
export type GuidText = string;

const SHAPE = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The sender of control messages: the hub itself. */
export const ZERO_GUID: GuidText = '00000000-0000-0000-0000-000000000000';
/** Every other client. */
export const BROADCAST_GUID: GuidText = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** @throws {TypeError} If `bytes` are not 16. */
export function guidToText(bytes: Uint8Array): GuidText {
  if (bytes.length !== 16) throw new TypeError(`Cannot read GUID: ${bytes.length} bytes`);
  const hex = bytes.toHex();
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}

/** Either case is read. Returns `undefined` if `text` is not a GUID. */
export function guidFromText(text: string): Bytes | undefined {
  return SHAPE.test(text) ? Uint8Array.fromHex(text.replaceAll('-', '')) : undefined;
}
