/**
 * Authorization codes: `sac_` and a sealed text that names the user whose object stores the code,
 * and a secret of which that object knows the hash.
 *
 * @module
 */

import { type Bytes, fromBase64Url, randomBytes, sha256, toBase64Url } from '../bytes.ts';
import { AccountId } from '../ids.ts';
import { sealText, unsealText } from './sealed-text.ts';
import type { SealingKeys } from './sealing-keys.ts';

export type AuthorizationCode = {
  readonly accountId: AccountId;
  /** SHA-256 of the code's secret: what is stored. The secret has 256 random bits. */
  readonly codeHash: Bytes;
};

const PREFIX = 'sac_';
const PURPOSE = 'authorization code v1';
/** A UUID, and 32 bytes in base64url. */
const SHAPE = /^(.{36})([A-Za-z0-9_-]{43})$/;

/** Makes a code (RFC 6749 §4.1.2). It means nothing until the user's object was told of its hash. */
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
 * @returns `undefined` for anything else. Does NOT say whether the code is still good: the user's
 *   object does.
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
