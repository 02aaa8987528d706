import { type Bytes, utf8 } from '../bytes.ts';
import { type GuidText, guidToText } from './guid.ts';

export type EndpointName = {
  readonly service: string;
  /** `METHOD:/path`. */
  readonly endpoint: string;
};

/**
 * Imports the deployment's salt.
 *
 * @param salt At least 16 bytes; the same for every instance, or GUIDs change with the instance.
 */
export async function importSalt(salt: Bytes): Promise<CryptoKey> {
  if (salt.length < 16) throw new TypeError('Cannot use salt: it has fewer than 16 bytes');
  return crypto.subtle.importKey('raw', salt, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
}

/**
 * The GUID under which one session calls one endpoint.
 *
 * The first 16 bytes of HMAC-SHA-256 under the salt, with version 5 and the variant of RFC 9562 §4
 * where a reader of the text expects them. Another session has another GUID, and without the salt
 * nobody can compute it.
 */
export async function serviceGuid(
  salt: CryptoKey,
  { service, endpoint }: EndpointName,
  sessionId: string,
): Promise<GuidText> {
  const name = utf8(`service:${service}|endpoint:${endpoint}|session:${sessionId}`);
  const bytes = new Uint8Array(await crypto.subtle.sign('HMAC', salt, name), 0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return guidToText(bytes);
}
