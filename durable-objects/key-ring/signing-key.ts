/**
 * Makes signing keys, and wraps their private keys.
 *
 * Private keys are stored as PKCS #8, encrypted with AES-256-GCM under the key-encryption key. A
 * wrapped key is `version (1) ‖ IV (12) ‖ ciphertext and tag`. The associated data binds it to its
 * place, so that a record copied to another ring, or under another `kid`, does not open.
 *
 * @module
 */

import * as z from 'zod';

import {
  type Bytes,
  concatBytes,
  randomBytes,
  sha256,
  toBase64Url,
  utf8,
} from '../../shared/bytes.ts';
import type { PublicJwk, SigningAlgorithm } from '../../shared/contracts/keys/keys-rpc.ts';
import { algorithmDetails } from '../../shared/tokens/algorithms.ts';
import { type FreshKey, TOKEN_RINGS } from './key-ring.ts';

/**
 * RFC 7518 §3.3 and §3.5 ask for 2048 bits or more. Keys live only for months, and with 3072 bits
 * each signature would take three times as long.
 */
const RSA = { modulusLength: 2_048, publicExponent: Uint8Array.of(1, 0, 1) };

/** The version of the format of wrapped keys. */
const FORMAT = 1;
const IV_BYTES = 12;

/** The required members of a public key (RFC 7638 §3.2, RFC 8037 §2). */
const RequiredMembers = z.discriminatedUnion('kty', [
  z.object({ kty: z.literal('EC'), crv: z.string(), x: z.string(), y: z.string() }),
  z.object({ kty: z.literal('OKP'), crv: z.string(), x: z.string() }),
  z.object({ kty: z.literal('RSA'), n: z.string(), e: z.string() }),
]);

/** Makes a key for the ring of `alg`. Its private key is returned only in wrapped form. */
export async function generateSigningKey(
  keyEncryptionKey: Bytes,
  alg: SigningAlgorithm,
): Promise<FreshKey> {
  const { kty, parameters } = algorithmDetails(alg);
  const algorithm = kty === 'RSA' ? { ...parameters, ...RSA } : parameters;
  const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new TypeError('Cannot generate key: no pair was made');

  const publicJwk = await toPublicJwk(alg, pair.publicKey);
  const { kid } = publicJwk;
  const wrapped = await wrapPrivateKey(keyEncryptionKey, { alg, kid }, pair.privateKey);
  return { kid, alg, publicJwk, wrapped };
}

/** Takes only the named members, so that no private one is published. */
async function toPublicJwk(alg: SigningAlgorithm, publicKey: CryptoKey): Promise<PublicJwk> {
  const members = RequiredMembers.parse(await crypto.subtle.exportKey('jwk', publicKey));
  return { ...members, kid: await thumbprint(members), use: 'sig', alg };
}

/**
 * The hash of the required members, in lexicographic order and without white space (RFC 7638 §3).
 */
async function thumbprint(members: z.infer<typeof RequiredMembers>): Promise<string> {
  const text = JSON.stringify(members, Object.keys(members).toSorted());
  return toBase64Url(await sha256(utf8(text)));
}

/** The place of a wrapped key. */
export type KeyPlace = {
  /** It also identifies the ring. */
  readonly alg: SigningAlgorithm;
  readonly kid: string;
};

/** Encrypts an extractable private key, with a new IV at each call. */
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
 *   was altered.
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
