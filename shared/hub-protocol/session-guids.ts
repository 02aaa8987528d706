/**
 * The GUIDs of endpoints and shortcuts, which are different in every session.
 *
 * @module
 */

import { type Bytes, utf8 } from '../bytes.ts';
import { type GuidText, guidToText } from './guid.ts';

export type EndpointName = {
  readonly service: string;
  /** `METHOD:/path`. */
  readonly endpoint: string;
};

/**
 * The GUID under which one session calls one endpoint.
 *
 * Every session has another GUID, which nobody can compute without the salt.
 */
export async function serviceGuid(
  salt: CryptoKey,
  { service, endpoint }: EndpointName,
  sessionId: string,
): Promise<GuidText> {
  return saltedGuid(salt, `service:${service}|endpoint:${endpoint}|session:${sessionId}`, 5);
}

export type ShortcutName = {
  readonly name: string;
  readonly sessionId: string;
  /** The `client_id` of the service that bound it. */
  readonly source: string;
};

/** The GUID of a shortcut. Two services that choose the same name get different GUIDs. */
export const shortcutGuid = (
  salt: CryptoKey,
  { name, sessionId, source }: ShortcutName,
): Promise<GuidText> =>
  saltedGuid(salt, `shortcut:${name}|session:${sessionId}|source:${source}`, 7);

/** Whether a GUID has the version of shortcut GUIDs. */
export const isShortcutGuid = (guid: GuidText): boolean => guid[14] === '7';

/**
 * Imports the deployment's salt.
 *
 * @param salt At least 16 bytes, and the same for every instance, because the GUIDs depend on it.
 */
export async function importSalt(salt: Bytes): Promise<CryptoKey> {
  if (salt.length < 16) throw new TypeError('Cannot use salt: it has fewer than 16 bytes');
  return crypto.subtle.importKey('raw', salt, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
}

/**
 * The first 16 bytes of HMAC-SHA-256 of a name under the deployment's salt, with the version and
 * variant bits of RFC 9562 §4.
 */
async function saltedGuid(salt: CryptoKey, name: string, version: 5 | 7): Promise<GuidText> {
  const bytes = new Uint8Array(await crypto.subtle.sign('HMAC', salt, utf8(name)), 0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | (version << 4);
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return guidToText(bytes);
}
