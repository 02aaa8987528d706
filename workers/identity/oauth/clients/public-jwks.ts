import { rsaSignatureLength } from '../../../../shared/tokens/rsa-key.ts';
import { isJsonObject, type JsonObject } from '../../../../shared/tokens/strict-json.ts';

const MAX_KEYS = 32;
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];
const KEY_TYPES: ReadonlySet<unknown> = new Set(['RSA', 'EC', 'OKP']);

/** What is wrong with a set of public keys (RFC 7517 §5), to be read after its name. */
export function publicJwksFault(set: unknown): string | undefined {
  if (!isJsonObject(set) || !Array.isArray(set['keys'])) return 'must be a JWK Set (RFC 7517 §5)';
  const keys: readonly unknown[] = set['keys'];
  if (keys.length === 0) return 'must hold a key';
  if (keys.length > MAX_KEYS) return `must not hold more than ${MAX_KEYS} keys`;
  for (const key of keys) {
    const fault = keyFault(key);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function keyFault(key: unknown): string | undefined {
  if (!isJsonObject(key)) return 'must hold JSON Web Keys only';
  const { kty } = key;
  if (!isPublicKey(key)) {
    return 'must hold public keys only (RFC 7591 §2)';
  }
  if (!KEY_TYPES.has(kty)) return 'must hold keys of the types RSA, EC or OKP';
  if (kty === 'RSA' && rsaSignatureLength(key['n'], key['e']) === undefined) {
    return 'must not hold an RSA key of fewer than 2048 or more than 8192 bits (RFC 7518 §3.3)';
  }
  return undefined;
}

export const isPublicKey = (key: JsonObject): boolean =>
  SECRET_MEMBERS.every((member) => key[member] === undefined);

/** The keys of a set that {@link publicJwksFault} finds nothing wrong with. */
export const keysOfSet = (set: JsonObject): readonly JsonObject[] =>
  Array.isArray(set['keys']) ? set['keys'].filter((key) => isJsonObject(key)) : [];
