/**
 * Authorization codes. A code is `sac_` and a sealed text with the user whose object stores the
 * code, and a secret. The object stores the hash of the secret.
 *
 * @module
 */

import { type Bytes, fromBase64Url, randomBytes, sha256, toBase64Url } from '../bytes.ts';
import { AccountId } from '../ids.ts';
import { sealText, unsealText } from './sealed-text.ts';
import type { SealingKeys } from './sealing-keys.ts';

export type AuthorizationCode = {
  readonly accountId: AccountId;
  /** SHA-256 of the code's secret, which has 256 random bits. */
  readonly codeHash: Bytes;
};

const PREFIX = 'sac_';
const PURPOSE = 'authorization code v1';
/** A UUID, and 32 bytes in base64url. */
const SHAPE = /^(.{36})([A-Za-z0-9_-]{43})$/;

/** Makes a code (RFC 6749 §4.1.2). It is not valid until the user's object has stored its hash. */
export async function newAuthorizationCode(
  keys: SealingKeys,
  accountId: AccountId,
): Promise<AuthorizationCode & { readonly text: string }> {
  const secret = randomBytes(32);
  const [sealed, codeHash] = await Promise.all([
    sealText(keys, PURPOSE, accountId + toBase64Url(secret)),
    sha256(secret),
  ]);
  return { text: PREFIX + sealed, accountId, codeHash };
}

/**
 * Opens a code that this system made.
 *
 * @returns `undefined` for anything else. Does NOT tell whether the code is still valid, which only
 *   the user's object knows.
 */
export async function unsealAuthorizationCode(
  keys: SealingKeys,
  text: string,
): Promise<AuthorizationCode | undefined> {
  if (!text.startsWith(PREFIX)) return undefined;
  const named = await unsealText(keys, PURPOSE, text.slice(PREFIX.length));
  const [, account = '', secretText = ''] = SHAPE.exec(named ?? '') ?? [];
  const accountId = AccountId.parse(account);
  const secret = fromBase64Url(secretText);
  if (accountId === undefined || secret === undefined) return undefined;
  return { accountId, codeHash: await sha256(secret) };
}
