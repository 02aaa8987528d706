import {
  type AlgorithmDetails,
  algorithmDetails,
  isJwsAlgorithm,
  type JwsAlgorithm,
} from './algorithms.ts';
import { rsaSignatureLength } from './rsa-key.ts';
import { isJsonObject, type JsonObject } from './strict-json.ts';

/** A public key, and the one algorithm it may be used with. */
export type VerificationKey = {
  readonly kid: string;
  readonly alg: JwsAlgorithm;
  readonly key: CryptoKey;
  /** Bytes. A signature of another length is not valid. */
  readonly signatureLength: number;
  /** The text of its JWK. Two keys are the same if their texts are. */
  readonly source: string;
};

export type VerificationKeys = ReadonlyMap<string, VerificationKey>;

/**
 * Imports a JWK Set (RFC 7517 §5).
 *
 * A key that is unknown, has another purpose, or is too weak is left out, as RFC 7517 §5 asks. A
 * set that cannot be trusted is refused as a whole.
 *
 * @throws {TypeError} If `set` is not a JWK Set, holds secret material, or uses one `kid` twice.
 */
export async function importJwkSet(set: unknown): Promise<VerificationKeys> {
  if (!isJsonObject(set) || !Array.isArray(set['keys'])) {
    throw new TypeError('Cannot import the key set: it has no "keys"');
  }
  const jwks = set['keys'].filter((jwk) => isJsonObject(jwk));
  if (jwks.some(isSecret)) throw new TypeError('Cannot import the key set: it holds a secret key');
  const kids = jwks.map((jwk) => jwk['kid']).filter((kid) => kid !== undefined);
  if (new Set(kids).size !== kids.length) {
    throw new TypeError('Cannot import the key set: two keys have one "kid"');
  }
  const keys = await Promise.all(jwks.map(importVerificationKey));
  return new Map(keys.filter((key) => key !== undefined).map((key) => [key.kid, key]));
}

const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** Whether a JWK contains secret material (RFC 7518 §6). */
export const isSecret = (jwk: JsonObject): boolean =>
  jwk['kty'] === 'oct' || SECRET_MEMBERS.some((member) => jwk[member] !== undefined);

/**
 * Imports one public signature key.
 *
 * @returns `undefined` unless the JWK names a `kid` and an algorithm of ours, its type, curve and
 *   size fit that algorithm, and it is meant for signatures (RFC 7517 §4.2, §4.3).
 */
export async function importVerificationKey(jwk: JsonObject): Promise<VerificationKey | undefined> {
  const { kid, alg } = jwk;
  if (typeof kid !== 'string' || kid === '' || !isJwsAlgorithm(alg)) return undefined;
  const details = algorithmDetails(alg);
  const signatureLength = fittingSignatureLength(jwk, details);
  if (signatureLength === undefined || !isForSignatures(jwk)) return undefined;
  try {
    const { parameters } = details;
    const key = await crypto.subtle.importKey('jwk', material(jwk), parameters, false, ['verify']);
    return { kid, alg, key, signatureLength, source: JSON.stringify(jwk) };
  } catch {
    // The point is not on its curve, or a coordinate has the wrong length.
    return undefined;
  }
}

function fittingSignatureLength(jwk: JsonObject, details: AlgorithmDetails): number | undefined {
  if (jwk['kty'] !== details.kty) return undefined;
  if (details.kty === 'RSA') return rsaSignatureLength(jwk['n'], jwk['e']);
  return jwk['crv'] === details.crv ? details.signatureLength : undefined;
}

function isForSignatures({ use, key_ops: operations }: JsonObject): boolean {
  if (use !== undefined && use !== 'sig') return false;
  return operations === undefined || (Array.isArray(operations) && operations.includes('verify'));
}

/**
 * Only the members of the key itself. `alg` and `use` were judged already, and runtimes spell some
 * of their values differently.
 */
function material(jwk: JsonObject): JsonWebKey {
  const text = (name: string) => (typeof jwk[name] === 'string' ? { [name]: jwk[name] } : {});
  return {
    kty: String(jwk['kty']),
    ...text('crv'),
    ...text('x'),
    ...text('y'),
    ...text('n'),
    ...text('e'),
  };
}
