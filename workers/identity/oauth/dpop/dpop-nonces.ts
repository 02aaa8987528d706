/**
 * The nonces that DPoP proofs must carry (RFC 9449 §8, §9).
 *
 * A nonce is an HMAC of the time step: every isolate hands out the same one, and nothing is stored.
 *
 * @module
 */

import { toBase64Url, utf8 } from '../../../../shared/bytes.ts';
import { type Millis, seconds } from '../../../../shared/clock.ts';
import type { DpopNonces } from '../../../../shared/contracts/identity/identity-rpc.ts';

/** How long a nonce is handed out. It is accepted for as long again. */
const STEP = seconds(300);

const HMAC = { name: 'HMAC', hash: 'SHA-256', length: 256 };

export type NoncesAt = (now: Millis) => Promise<DpopNonces>;

/** @param secret 32 random bytes. The key is derived from it for this purpose alone (RFC 5869). */
export async function importDpopNonces(secret: Uint8Array<ArrayBuffer>): Promise<NoncesAt> {
  const root = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
  const info = utf8('sallyport DPoP nonce v1');
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info };
  const key = await crypto.subtle.deriveKey(derivation, root, HMAC, false, ['sign']);
  const nonceOf = async (step: number) =>
    toBase64Url(new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8(`${step}`))));
  let last: DpopNonces | undefined;
  return async (now) => {
    const validUntil = (Math.floor(now / STEP) + 1) * STEP;
    if (last?.validUntil === validUntil) return last;
    const step = validUntil / STEP - 1;
    const [current, previous] = await Promise.all([nonceOf(step), nonceOf(step - 1)]);
    last = { current, previous, validUntil };
    return last;
  };
}
