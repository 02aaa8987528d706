/**
 * Seals texts that only this system can make and read, for cookies, links and stored provider
 * tokens.
 *
 * A sealed text is the base64url of `key id (4) ‖ nonce (12) ‖ ciphertext and tag`, AES-256-GCM
 * with a random nonce. The purpose is authenticated, so a text that was sealed for one cannot be
 * used for another. It carries no expiry: put one inside where it matters.
 *
 * @module
 */

import {
  concatBytes,
  equalBytes,
  fromBase64Url,
  fromUtf8,
  randomBytes,
  toBase64Url,
  utf8,
} from '../bytes.ts';
import { decryptAesGcm } from './aes-gcm.ts';
import type { SealingKey } from './sealing-keys.ts';

type TextKey = Pick<SealingKey, 'id' | 'text'>;

const HEADER = 16;
const TAG = 16;

/** @param purpose - Names what the text is for, such as `browser session v1`. */
export async function sealText(
  { current }: { readonly current: TextKey },
  purpose: string,
  text: string,
): Promise<string> {
  const nonce = randomBytes(12);
  const sealed = await crypto.subtle.encrypt(
    parameters(current, nonce, purpose),
    current.text,
    utf8(text),
  );
  return toBase64Url(concatBytes(current.id, nonce, new Uint8Array(sealed)));
}

/** @returns `undefined` for anything that was not sealed here for this purpose. */
export async function unsealText(
  { current, previous }: { readonly current: TextKey; readonly previous: TextKey | undefined },
  purpose: string,
  sealed: string,
): Promise<string | undefined> {
  const bytes = fromBase64Url(sealed);
  if (bytes === undefined || bytes.length < HEADER + TAG) return undefined;
  const key = [current, previous].find(
    (one) => one !== undefined && equalBytes(one.id, bytes.subarray(0, 4)),
  );
  if (key === undefined) return undefined;
  const gcm = parameters(key, bytes.subarray(4, HEADER), purpose);
  const plain = await decryptAesGcm(gcm, key.text, bytes.subarray(HEADER));
  return plain && fromUtf8(plain);
}

const parameters = ({ id }: TextKey, iv: Uint8Array<ArrayBuffer>, purpose: string) => ({
  name: 'AES-GCM',
  iv,
  additionalData: concatBytes(utf8(`sallyport ${purpose}\0`), id),
});
