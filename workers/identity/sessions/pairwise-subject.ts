/**
 * Pairwise subjects: each sector gets another `sub` for the same account, and only this system finds the
 * account from it (OpenID Connect Core §8.1, the second of its examples).
 *
 * A subject is `pws_` and the base64url of `tag (16) ‖ the account's id, encrypted (16)`. The tag is an HMAC
 * of sector and account, and the encryption's key stream is derived from the tag. So equal inputs give equal
 * subjects, and nothing is stored (as with the synthetic IVs of RFC 5297).
 *
 * @module
 */

import {
  type Bytes,
  concatBytes,
  fromBase64Url,
  toBase64Url,
  utf8,
} from '../../../shared/bytes.ts';
import { PAIRWISE_PREFIX } from '../../../shared/contracts/identity/oauth-terms.ts';
import { AccountId } from '../../../shared/ids.ts';
import { hmac } from '../../../shared/tokens/sealing-keys.ts';
import { uuidFromBytes, uuidToBytes } from '../../../shared/tokens/uuid-bytes.ts';

const LENGTH = 32;

/** @param secret - 32 bytes. Changing it changes every pairwise subject. */
export const importPairwiseKey = (secret: Bytes): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);

/** @param sector - The sector identifier: a host (Core §8.1). */
export async function pairwiseSubject(
  key: CryptoKey,
  sector: string,
  accountId: AccountId,
): Promise<string> {
  const account = uuidToBytes(accountId);
  const tag = await half(key, utf8(`pairwise tag\0${sector}\0`), account);
  return PAIRWISE_PREFIX + toBase64Url(concatBytes(tag, xor(account, await keyStream(key, tag))));
}

/**
 * Finds the account that the `sub` of a token names, pairwise or not. Does NOT check that we made that
 * subject, so call it only with a `sub` from a token whose signature was verified.
 *
 * @returns `undefined` if it names no account, as does the `sub` of a client's own token.
 */
export async function accountOfSubject(
  key: CryptoKey,
  subject: string,
): Promise<AccountId | undefined> {
  if (!subject.startsWith(PAIRWISE_PREFIX)) return AccountId.parse(subject);
  const bytes = fromBase64Url(subject.slice(PAIRWISE_PREFIX.length));
  if (bytes?.length !== LENGTH) return undefined;
  const stream = await keyStream(key, bytes.slice(0, 16));
  return AccountId.parse(uuidFromBytes(xor(bytes.slice(16), stream)));
}

const keyStream = (key: CryptoKey, tag: Bytes): Promise<Bytes> =>
  half(key, utf8('pairwise stream\0'), tag);

const half = async (key: CryptoKey, purpose: Bytes, message: Bytes): Promise<Bytes> =>
  (await hmac(key, concatBytes(purpose, message))).slice(0, 16);

const xor = (a: Bytes, b: Bytes): Bytes => a.map((byte, index) => byte ^ (b[index] ?? 0));
