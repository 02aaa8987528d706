/**
 * Private keys at rest: PKCS #8, encrypted with AES-256-GCM under the key-encryption key.
 *
 * A wrapped key is `version (1) ‖ IV (12) ‖ ciphertext and tag`. The associated data binds it to its
 * place, so a record copied to another ring, or under another `kid`, does not open.
 *
 * @module
 */

import { type Bytes, concatBytes, randomBytes, utf8 } from '../../shared/bytes.ts';
import type { SigningAlgorithm } from '../../shared/contracts/keys/keys-rpc.ts';
import { algorithmDetails } from '../../shared/tokens/algorithms.ts';
import { TOKEN_RINGS } from './token-rings.ts';

const FORMAT = 1;
const IV_BYTES = 12;

/** What a wrapped key belongs to. */
export type KeyPlace = {
  /** Names the ring as well. */
  readonly alg: SigningAlgorithm;
  readonly kid: string;
};

/** Encrypts an extractable private key. Each call draws a fresh IV. */
export async function wrapPrivateKey(
  keyEncryptionKey: Bytes,
  place: KeyPlace,
  privateKey: CryptoKey,
): Promise<Bytes> {
  const kek = await importKeyEncryptionKey(keyEncryptionKey, 'wrapKey');
  const iv = randomBytes(IV_BYTES);
  const sealed = await crypto.subtle.wrapKey('pkcs8', privateKey, kek, cipher(iv, place));
  return concatBytes(Uint8Array.of(FORMAT), iv, new Uint8Array(sealed));
}

/**
 * Decrypts a private key into a key that signs and cannot be exported.
 *
 * @throws {Error} If the record was wrapped under another key-encryption key, for another place, or
 *   was altered. Which of these is not told.
 */
export async function unwrapPrivateKey(
  keyEncryptionKey: Bytes,
  place: KeyPlace,
  wrapped: Uint8Array,
): Promise<CryptoKey> {
  if (wrapped[0] !== FORMAT) {
    throw new Error(`Cannot unwrap key "${place.kid}": its format is unknown`);
  }
  const kek = await importKeyEncryptionKey(keyEncryptionKey, 'unwrapKey');
  const iv = wrapped.slice(1, 1 + IV_BYTES);
  const sealed = wrapped.slice(1 + IV_BYTES);
  const { parameters } = algorithmDetails(place.alg);
  try {
    return await crypto.subtle.unwrapKey(
      'pkcs8',
      sealed,
      kek,
      cipher(iv, place),
      parameters,
      false,
      ['sign'],
    );
  } catch (cause) {
    throw new Error(
      `Cannot unwrap key "${place.kid}": KEY_ENCRYPTION_KEY is not the one that wrapped it, or the record was altered`,
      { cause },
    );
  }
}

const cipher = (iv: Uint8Array, { alg, kid }: KeyPlace) => ({
  name: 'AES-GCM',
  iv,
  additionalData: utf8(JSON.stringify(['sallyport key', FORMAT, TOKEN_RINGS[alg], kid, alg])),
});

const importKeyEncryptionKey = (bytes: Bytes, usage: 'wrapKey' | 'unwrapKey') =>
  crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, [usage]);
