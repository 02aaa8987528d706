import { fromBase64Url, sha256, toBase64Url, utf8 } from '../bytes.ts';
import type { JsonObject } from './strict-json.ts';

/**
 * The required members of a public key, in the order of their names (RFC 7638 §3.2, RFC 8037 §2).
 */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
};

/** The members whose values are base64url. The others are names. */
const NUMBERS: ReadonlySet<string> = new Set(['e', 'n', 'x', 'y']);

/**
 * The SHA-256 thumbprint of a public key, in base64url (RFC 7638 §3). Does NOT check that the
 * members are a key.
 *
 * @returns `undefined` for another type of key, or a member that is missing or misspelt: one key has
 *   one thumbprint.
 */
export async function jwkThumbprint(jwk: JsonObject): Promise<string | undefined> {
  const names = typeof jwk['kty'] === 'string' ? MEMBERS[jwk['kty']] : undefined;
  if (names?.every((name) => isMember(name, jwk[name])) !== true) return undefined;
  const text = JSON.stringify(Object.fromEntries(names.map((name) => [name, jwk[name]])));
  return toBase64Url(await sha256(utf8(text)));
}

function isMember(name: string, value: unknown): boolean {
  if (typeof value !== 'string' || value === '') return false;
  return !NUMBERS.has(name) || fromBase64Url(value) !== undefined;
}
