/**
 * The keys of sealed texts.
 *
 * @module
 */

import { type Bytes, utf8 } from '../bytes.ts';

export type TextKey = {
  /** Four bytes that name the key inside a sealed text. Public. */
  readonly id: Bytes;
  /** AES-256-GCM. */
  readonly text: CryptoKey;
};

export type TextKeys = {
  /** Seals, and unseals. */
  readonly current: TextKey;
  /** Only unseals: texts from before the secret was rotated. */
  readonly previous: TextKey | undefined;
};

/**
 * Derives keys from a secret that has another use, too, with HKDF-SHA-256 (RFC 5869): what is sealed
 * says nothing about the secret.
 *
 * @param secret At least 16 bytes.
 */
export async function deriveTextKeys(secret: Bytes): Promise<TextKeys> {
  if (secret.length < 16) throw new TypeError('Cannot derive keys: the secret is too short');
  const root = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits']);
  const [id, text] = await Promise.all([derive(root, 'key id', 4), derive(root, 'text', 32)]);
  const key = crypto.subtle.importKey('raw', text, 'AES-GCM', false, ['encrypt', 'decrypt']);
  return { current: { id, text: await key }, previous: undefined };
}

const SALT = utf8('sallyport derived text v1');

async function derive(root: CryptoKey, purpose: string, length: number): Promise<Bytes> {
  const parameters = { name: 'HKDF', hash: 'SHA-256', salt: SALT, info: utf8(purpose) };
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, root, length * 8));
}
