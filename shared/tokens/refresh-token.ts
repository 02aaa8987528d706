/**
 * Refresh tokens are sealed, and only the hashes of their secrets are stored.
 *
 * A token is `spr_` and the base64url of `key id (4) ‖ nonce (12) ‖ ciphertext and tag (85)`; what is
 * sealed is `version (1) ‖ account (16) ‖ family (16) ‖ generation (4) ‖ secret (32)`.
 *
 * Sealing is deterministic: the nonce is an HMAC of the plaintext under a key of its own, so equal
 * plaintexts give equal tokens and a lost reply can be said again byte for byte. AES-GCM is broken by
 * two *different* plaintexts under one nonce (NIST SP 800-38D §8). Here that takes a collision of a
 * pseudo-random function on 96 bits, the same chance as with random nonces; and the same plaintext
 * under its one nonce gives the same bytes again, which tells an observer nothing that comparing the
 * two tokens would not.
 *
 * @module
 */

import {
  type Bytes,
  concatBytes,
  equalBytes,
  fromBase64Url,
  randomBytes,
  sha256,
  toBase64Url,
  utf8,
} from '../bytes.ts';
import type { Millis } from '../clock.ts';
import { AccountId, FamilyId, TokenId } from '../ids.ts';
import { decryptAesGcm } from './aes-gcm.ts';
import { hmac, type SealingKey, type SealingKeys } from './sealing-keys.ts';
import { uuidFromBytes, uuidToBytes } from './uuid-bytes.ts';

export type RefreshToken = {
  readonly accountId: AccountId;
  readonly familyId: FamilyId;
  /** 0 at sign-in, one more with each rotation. */
  readonly generation: number;
  /** 32 bytes. */
  readonly secret: Bytes;
};

/** A presented token, and the key that it was sealed with. */
export type PresentedToken = RefreshToken & { readonly sealedUnder: SealingKey };

const PREFIX = 'spr_';
const VERSION = 1;
const SECRET_BYTES = 32;
const PLAIN_BYTES = 1 + 16 + 16 + 4 + SECRET_BYTES;
const SEALED_BYTES = 4 + 12 + PLAIN_BYTES + 16;
const TEXT_LENGTH = PREFIX.length + Math.ceil((SEALED_BYTES * 4) / 3);

/** 256 random bits. */
export const newRefreshSecret = (): Bytes => randomBytes(SECRET_BYTES);

/**
 * The hash that is stored of a secret. The secret has 256 random bits, so one SHA-256 is enough.
 */
export const hashSecret = (secret: Bytes): Promise<Bytes> => sha256(secret);

/**
 * Seals under the current key. Equal tokens have equal texts.
 *
 * @throws {TypeError} If the secret is not 32 bytes or the generation is not an unsigned 32-bit integer.
 */
export async function seal({ current }: SealingKeys, token: RefreshToken): Promise<string> {
  const plain = encode(token);
  const nonce = (await hmac(current.nonce, plain)).subarray(0, 12);
  const sealed = await crypto.subtle.encrypt(gcm(current, nonce), current.seal, plain);
  return PREFIX + toBase64Url(concatBytes(current.id, nonce, new Uint8Array(sealed)));
}

/**
 * Opens a token that this system sealed.
 *
 * @returns `undefined` for anything else, such as another key, a changed bit, another length or
 *   another spelling. Does NOT tell whether the token is still valid, which only the user's object
 *   knows.
 */
export async function unseal(
  { current, previous }: SealingKeys,
  text: string,
): Promise<PresentedToken | undefined> {
  const sealed = bytesOf(text);
  if (sealed === undefined) return undefined;
  for (const key of [current, previous]) {
    if (key === undefined || !equalBytes(key.id, sealed.subarray(0, 4))) continue;
    const token = await open(key, sealed);
    if (token !== undefined) return { ...token, sealedUnder: key };
  }
  return undefined;
}

/**
 * The token that follows a presented one. It is the same at every call.
 *
 * It is derived with the key that sealed the presented token, so that a lost reply can be repeated
 * even after the sealing secret was rotated.
 */
export async function deriveSuccessor(presented: PresentedToken): Promise<RefreshToken> {
  const { accountId, familyId, generation, secret, sealedUnder } = presented;
  const message = concatBytes(uuidToBytes(familyId), uint32(generation), secret);
  return {
    accountId,
    familyId,
    generation: generation + 1,
    secret: await hmac(sealedUnder.successor, message),
  };
}

/**
 * The `jti` of the access token that goes with a refresh token's generation and was issued at a
 * moment, so that a repeated reply carries the same one. It needs no key, because the id of a family
 * cannot be guessed.
 */
export async function accessTokenId(
  familyId: FamilyId,
  generation: number,
  issuedAt: Millis,
): Promise<TokenId> {
  const moment = utf8(String(issuedAt));
  const name = concatBytes(utf8('access token'), uuidToBytes(familyId), uint32(generation), moment);
  return TokenId.restore(toBase64Url((await sha256(name)).subarray(0, 16)));
}

function bytesOf(text: string): Bytes | undefined {
  if (text.length !== TEXT_LENGTH || !text.startsWith(PREFIX)) return undefined;
  return fromBase64Url(text.slice(PREFIX.length));
}

async function open(key: SealingKey, sealed: Bytes): Promise<RefreshToken | undefined> {
  const parameters = gcm(key, sealed.subarray(4, 16));
  const plain = await decryptAesGcm(parameters, key.seal, sealed.subarray(16));
  return plain && decode(plain);
}

type GcmParameters = { readonly name: string; readonly iv: Bytes; readonly additionalData: Bytes };

/** The prefix and the key's id are authenticated with the rest. */
const gcm = (key: SealingKey, nonce: Bytes): GcmParameters => ({
  name: 'AES-GCM',
  iv: nonce,
  additionalData: concatBytes(utf8(PREFIX), key.id),
});

function encode({ accountId, familyId, generation, secret }: RefreshToken): Bytes {
  if (secret.length !== SECRET_BYTES) {
    throw new TypeError(`Cannot seal a refresh token: its secret has ${secret.length} bytes`);
  }
  return concatBytes(
    Uint8Array.of(VERSION),
    uuidToBytes(accountId),
    uuidToBytes(familyId),
    uint32(generation),
    secret,
  );
}

function decode(plain: Bytes): RefreshToken | undefined {
  if (plain[0] !== VERSION) return undefined;
  return {
    accountId: AccountId.restore(uuidFromBytes(plain.subarray(1, 17))),
    familyId: FamilyId.restore(uuidFromBytes(plain.subarray(17, 33))),
    generation: new DataView(plain.buffer).getUint32(33),
    secret: plain.slice(37),
  };
}

/** Big-endian. @throws {TypeError} If `n` does not fit. */
function uint32(n: number): Bytes {
  if (n >>> 0 !== n) throw new TypeError(`Cannot encode generation ${n}: it is not a uint32`);
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, n);
  return bytes;
}
