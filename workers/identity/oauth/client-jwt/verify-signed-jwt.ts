/**
 * JWTs that others sign, with keys that are known to be theirs.
 *
 * @module
 */

import { err, ok, type Result } from '../../../../shared/result.ts';
import { isJwsAlgorithm, type JwsAlgorithm } from '../../../../shared/tokens/algorithms.ts';
import { type DecodedJws, decodeJws, isSignedBy } from '../../../../shared/tokens/jws.ts';
import { type JsonObject, parseStrictObject } from '../../../../shared/tokens/strict-json.ts';
import type { JwsFormatError } from '../../../../shared/tokens/token-error.ts';
import type { VerificationKey } from '../../../../shared/tokens/verification-keys.ts';
import { fittingKeys } from './fitting-keys.ts';

export type SignedJwt = { readonly header: JsonObject; readonly claims: JsonObject };

export type SignedJwtError =
  | JwsFormatError
  | { readonly reason: 'algorithm_refused' }
  | { readonly reason: 'key_unknown' }
  | { readonly reason: 'signature_invalid' };

/** Who is to have signed. */
export type JwtSigner = {
  /** What they may sign with. */
  readonly algorithms: readonly JwsAlgorithm[];
  /** Whether their keys are somewhere else, so that there may be newer ones. */
  readonly areRemote: boolean;
  /** @param refresh - Fetch them again: a signature named a `kid` that the known keys lack. */
  keys(refresh: boolean): Promise<readonly JsonObject[]>;
};

const MAX_LENGTH = 32_768;

/**
 * Verifies the signature with the signer's keys. Does NOT judge a claim, nor `typ`.
 *
 * @throws What `signer.keys` throws.
 */
export async function verifySignedJwt(
  text: string,
  signer: JwtSigner,
): Promise<Result<SignedJwt, SignedJwtError>> {
  const decoded = decodeJws(text, MAX_LENGTH);
  if (!decoded.ok) return decoded;
  const { header } = decoded.value;
  const member = SENDERS_KEYS.find((name) => Object.hasOwn(header, name));
  if (member !== undefined) return err({ reason: 'header_refused', member });
  const { alg } = header;
  if (!isJwsAlgorithm(alg) || !signer.algorithms.includes(alg)) {
    return err({ reason: 'algorithm_refused' });
  }
  const keys = await keysFor(header, alg, signer);
  return keys.length === 0 ? err({ reason: 'key_unknown' }) : signedByOne(keys, decoded.value);
}

/** Which keys are the signer's is not for the sender to say. */
const SENDERS_KEYS = ['jwk', 'jku', 'x5u', 'x5c'];

/** A `kid` that the known keys lack may be a new one: they are fetched again, once. */
async function keysFor(
  header: JsonObject,
  alg: JwsAlgorithm,
  signer: JwtSigner,
): Promise<readonly VerificationKey[]> {
  const known = await fittingKeys(await signer.keys(false), header, alg);
  if (known.length > 0 || !signer.areRemote) return known;
  return fittingKeys(await signer.keys(true), header, alg);
}

async function signedByOne(
  keys: readonly VerificationKey[],
  jws: DecodedJws,
): Promise<Result<SignedJwt, SignedJwtError>> {
  const verdicts = await Promise.all(keys.map((key) => isSignedBy(key, jws)));
  if (!verdicts.includes(true)) return err({ reason: 'signature_invalid' });
  const claims = parseStrictObject(jws.payload);
  if (claims === undefined) return err({ reason: 'malformed', part: 'payload' });
  return ok({ header: jws.header, claims });
}
