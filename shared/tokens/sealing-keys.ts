/**
 * The keys of refresh tokens, all derived from one 32-byte secret with HKDF-SHA-256 (RFC 5869).
 *
 * Each purpose has its own key.
 *
 * @module
 */

import { type Bytes, fromBase64Url, utf8 } from '../bytes.ts';

export type SealingKey = {
  /** Four bytes that identify the key in a token. They are public. */
  readonly id: Bytes;
  /** AES-256-GCM. */
  readonly seal: CryptoKey;
  /** AES-256-GCM, for sealed texts: their nonces are random, so they have a key of their own. */
  readonly text: CryptoKey;
  /** HMAC-SHA-256: draws the nonce from the plaintext. */
  readonly nonce: CryptoKey;
  /** HMAC-SHA-256: draws a successor's secret from its predecessor's. */
  readonly successor: CryptoKey;
};

export type SealingKeys = {
  /** Seals and unseals. */
  readonly current: SealingKey;
  /** Only unseals texts that were sealed before the secret was rotated. */
  readonly previous: SealingKey | undefined;
};

/** Each is 32 random bytes in base64url. */
export type SealingSecrets = { readonly current: string; readonly previous?: string | undefined };

const SALT = utf8('sallyport refresh token v1');

/**
 * Imports the secrets `REFRESH_SEALING_KEY` and, for as long as a refresh token lives after a
 * rotation, the one before it.
 *
 * @throws {TypeError} If a secret is not 32 bytes in base64url.
 */
export async function importSealingKeys(secrets: SealingSecrets): Promise<SealingKeys> {
  const { current, previous } = secrets;
  return {
    current: await importSealingKey(current),
    previous: previous === undefined ? undefined : await importSealingKey(previous),
  };
}

async function importSealingKey(secret: string): Promise<SealingKey> {
  const bytes = fromBase64Url(secret);
  if (bytes?.length !== 32) {
    throw new TypeError('Cannot import a sealing key: it is not 32 bytes in base64url');
  }
  const root = await crypto.subtle.importKey('raw', bytes, 'HKDF', false, ['deriveBits']);
  const [id, seal, text, nonce, successor] = await Promise.all([
    derive(root, 'key id', 4),
    derive(root, 'seal', 32),
    derive(root, 'text', 32),
    derive(root, 'nonce', 32),
    derive(root, 'successor', 32),
  ]);
  return {
    id,
    seal: await crypto.subtle.importKey('raw', seal, 'AES-GCM', false, ['encrypt', 'decrypt']),
    text: await crypto.subtle.importKey('raw', text, 'AES-GCM', false, ['encrypt', 'decrypt']),
    nonce: await importHmac(nonce),
    successor: await importHmac(successor),
  };
}

async function derive(root: CryptoKey, purpose: string, length: number): Promise<Bytes> {
  const parameters = { name: 'HKDF', hash: 'SHA-256', salt: SALT, info: utf8(purpose) };
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, root, length * 8));
}

const HMAC = { name: 'HMAC', hash: 'SHA-256' };

const importHmac = (bytes: Bytes): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', bytes, HMAC, false, ['sign']);

export async function hmac(key: CryptoKey, message: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, message));
}
