import { toBase64Url, utf8 } from '../../../shared/bytes.ts';

/** What is hashed: equal texts of different kinds have different hashes. */
export type HashedKind = 'identifier' | 'network' | 'device';

export type KeyedHash = (kind: HashedKind, text: string) => Promise<string>;

const HMAC = { name: 'HMAC', hash: 'SHA-256', length: 256 };

/**
 * A keyed hash for names that must not tell whom they name: object names are logged.
 *
 * @param secret 32 random bytes. The key is derived from it for this purpose alone (RFC 5869).
 */
export async function importKeyedHash(secret: Uint8Array<ArrayBuffer>): Promise<KeyedHash> {
  const root = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
  const info = utf8('sallyport sign-in guard v1');
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info };
  const key = await crypto.subtle.deriveKey(derivation, root, HMAC, false, ['sign']);
  return async (kind, text) => {
    const signature = await crypto.subtle.sign('HMAC', key, utf8(`${kind}\0${text}`));
    return toBase64Url(new Uint8Array(signature));
  };
}
