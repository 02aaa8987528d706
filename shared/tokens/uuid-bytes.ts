import type { Bytes } from '../bytes.ts';

/** The 16 bytes of a UUID in its canonical text (RFC 9562 §4). */
export const uuidToBytes = (uuid: string): Bytes => Uint8Array.fromHex(uuid.replaceAll('-', ''));

/** The canonical text of 16 bytes: lower case, with hyphens. */
export function uuidFromBytes(bytes: Uint8Array): string {
  return bytes.toHex().replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
