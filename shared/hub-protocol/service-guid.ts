import type { Bytes } from '../bytes.ts';
import type { GuidText } from './guid.ts';
import { saltedGuid } from './salted-guid.ts';

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
 * Another session has another GUID, and without the salt nobody can compute it.
 */
export async function serviceGuid(
  salt: CryptoKey,
  { service, endpoint }: EndpointName,
  sessionId: string,
): Promise<GuidText> {
  return saltedGuid(salt, `service:${service}|endpoint:${endpoint}|session:${sessionId}`, 5);
}
