/**
 * Peer GUIDs, by which one client addresses another.
 *
 * A peer GUID has 100 random bits, and 22 that say at which hub the peer is. The 22 are masked under the
 * deployment's salt: without it nobody can read them, or tell a peer GUID from random bytes. With the
 * salt every hub reads them without asking another. The version of RFC 9562 §4 is 6.
 *
 * @module
 */

import { type Bytes, randomBytes, utf8 } from '../bytes.ts';
import { type GuidText, guidFromText, guidToText } from './guid.ts';

/** The 22 bits of a peer GUID that are derived from the name of its hub. */
export type HubMark = number;

/** Derives the mark of a hub. Two hubs hardly ever have the same. */
export const hubMark = (salt: CryptoKey, hub: string): Promise<HubMark> =>
  markOf(salt, utf8(`peer-hub:${hub}`));

/** Makes a peer GUID that nobody can guess. */
export async function newPeerGuid(salt: CryptoKey, hub: HubMark): Promise<GuidText> {
  const bytes = randomBytes(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x60;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  writeMark(bytes, hub ^ (await maskOf(salt, bytes)));
  return guidToText(bytes);
}

/** Reads the mark of the hub. Returns `undefined` if `guid` is not a peer GUID. */
export async function readPeerGuid(salt: CryptoKey, guid: GuidText): Promise<HubMark | undefined> {
  const bytes = guidFromText(guid);
  if (bytes === undefined) return undefined;
  if (((bytes[6] ?? 0) & 0xf0) !== 0x60 || ((bytes[8] ?? 0) & 0xc0) !== 0x80) return undefined;
  return markIn(bytes) ^ (await maskOf(salt, bytes));
}

const MARK_BITS = 0x3f_ffff;
/** The mark is in the last four bytes of the GUID. */
const MARK_AT = 12;

/** Derives the mask from every bit of the GUID but those that it masks. */
function maskOf(salt: CryptoKey, guid: Bytes): Promise<HubMark> {
  const unmarked = guid.slice();
  writeMark(unmarked, 0);
  return markOf(salt, utf8(`peer-mask:${guidToText(unmarked)}`));
}

async function markOf(salt: CryptoKey, name: Bytes): Promise<HubMark> {
  const digest = await crypto.subtle.sign('HMAC', salt, name);
  return new DataView(digest).getUint32(0) & MARK_BITS;
}

const viewOf = (guid: Bytes): DataView => new DataView(guid.buffer, guid.byteOffset);

const markIn = (guid: Bytes): HubMark => viewOf(guid).getUint32(MARK_AT) & MARK_BITS;

function writeMark(guid: Bytes, mark: HubMark): void {
  const others = viewOf(guid).getUint32(MARK_AT) & ~MARK_BITS;
  viewOf(guid).setUint32(MARK_AT, others | mark);
}
