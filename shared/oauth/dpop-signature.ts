import type { Bytes } from '../bytes.ts';
import { err, ok, type Result } from '../result.ts';
import { isJwsAlgorithm, type JwsAlgorithm } from '../tokens/algorithms.ts';
import { jwkThumbprint } from '../tokens/jwk-thumbprint.ts';
import { decodeJws, isSignedBy } from '../tokens/jws.ts';
import { isJsonObject, type JsonObject } from '../tokens/strict-json.ts';
import type { JwsFormatError } from '../tokens/token-error.ts';
import {
  importVerificationKey,
  isSecret,
  type VerificationKey,
} from '../tokens/verification-keys.ts';

/**
 * The algorithms of proofs, published as `dpop_signing_alg_values_supported` (RFC 9449 §5.1). They
 * are the same for all clients, because a resource does not know which tokens belong to a FAPI
 * client (FAPI 2.0 Security Profile §5.4.1).
 */
export const DPOP_ALGORITHMS = ['ES256', 'EdDSA', 'Ed25519', 'PS256'] as const;

export type ProofSignatureError =
  | JwsFormatError
  | { readonly reason: 'type_refused' }
  | { readonly reason: 'algorithm_refused' }
  /** The `jwk` is missing, private, symmetric, weak, or not for the algorithm. */
  | { readonly reason: 'key_refused' }
  | { readonly reason: 'signature_invalid' };

/** A proof whose signature was verified with the key in its own header. */
export type OpenProof = {
  /** The key's thumbprint. */
  readonly jkt: string;
  readonly payload: Bytes;
};

/** Verifies type and signature (RFC 9449 §4.3, checks 1, 2 and 4 to 7). Does NOT read the claims. */
export async function openProof(proof: string): Promise<Result<OpenProof, ProofSignatureError>> {
  const decoded = decodeJws(proof);
  if (!decoded.ok) return decoded;
  const { header, payload } = decoded.value;
  if (header['typ'] !== 'dpop+jwt') return err({ reason: 'type_refused' });
  const member = OTHER_KEYS.find((name) => Object.hasOwn(header, name));
  if (member !== undefined) return err({ reason: 'header_refused', member });
  const { alg, jwk } = header;
  if (!isDpopAlgorithm(alg)) return err({ reason: 'algorithm_refused' });
  const key = await embeddedKey(alg, jwk);
  if (key === undefined) return err({ reason: 'key_refused' });
  if (!(await isSignedBy(key, decoded.value))) return err({ reason: 'signature_invalid' });
  return ok({ jkt: key.kid, payload });
}

/** Header members that name another key than `jwk`, which are refused. */
const OTHER_KEYS = ['jku', 'x5u', 'x5c'];

const isDpopAlgorithm = (alg: unknown): alg is JwsAlgorithm =>
  isJwsAlgorithm(alg) && DPOP_ALGORITHMS.some((name) => name === alg);

/** Imports the key under its thumbprint. If the JWK has an `alg`, it must be the header's. */
async function embeddedKey(alg: JwsAlgorithm, jwk: unknown): Promise<VerificationKey | undefined> {
  if (!isJsonObject(jwk) || isSecret(jwk) || !agrees(jwk, alg)) return undefined;
  const kid = await jwkThumbprint(jwk);
  return kid === undefined ? undefined : importVerificationKey({ ...jwk, kid, alg });
}

const agrees = (jwk: JsonObject, alg: string): boolean =>
  jwk['alg'] === undefined || jwk['alg'] === alg;
