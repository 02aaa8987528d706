import { utf8 } from '../bytes.ts';
import { type GuidText, guidToText } from './guid.ts';

/**
 * The first 16 bytes of HMAC-SHA-256 of a name under the deployment's salt, with a version and the
 * variant of RFC 9562 §4 where a reader of the text expects them.
 */
export async function saltedGuid(salt: CryptoKey, name: string, version: 5 | 7): Promise<GuidText> {
  const bytes = new Uint8Array(await crypto.subtle.sign('HMAC', salt, utf8(name)), 0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | (version << 4);
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return guidToText(bytes);
}
