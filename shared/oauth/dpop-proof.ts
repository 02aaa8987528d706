/**
 * Verification of DPoP proofs.
 *
 * @see [RFC 9449 §4.3](https://www.rfc-editor.org/rfc/rfc9449#section-4.3)
 * @module
 */

import { sha256, toBase64Url, utf8 } from '../bytes.ts';
import { err, ok, type Result } from '../result.ts';
import { parseStrictObject } from '../tokens/strict-json.ts';
import { type ProofClaimError, type ProofClaims, readProofClaims } from './dpop-claims.ts';
import { openProof, type ProofSignatureError } from './dpop-signature.ts';

/** A proof that its sender holds the key `jkt`, for the request that it came with. */
export type DpopProof = ProofClaims & {
  /** SHA-256 thumbprint of the key (RFC 7638), as in `cnf.jkt`. */
  readonly jkt: string;
};

/** Why a proof is refused. The client gets `invalid_dpop_proof` for all of them. */
export type DpopProofError = ProofSignatureError | ProofClaimError;

/** The request that a proof must have been made for. */
export type DpopRequest = {
  /** The `DPoP` header. Two of them arrive as one with a comma, which is no JWT. */
  readonly proof: string;
  readonly method: string;
  /**
   * The URL as the client knows it: the issuer's origin and the path. The `Host` header is not
   * used.
   */
  readonly url: string;
  /** The access token that the request presents, if any. The proof must contain its hash. */
  readonly accessToken?: string | undefined;
};

/**
 * Verifies a proof (RFC 9449 §4.3, checks 1 to 9 and 12a).
 *
 * Does NOT judge when it was made (checks 10 and 11, `proofTimeFault`), does not compare the key with the token's (12b), and does not
 * know whether the proof was used before: see {@link proofId}.
 */
export async function verifyDpopProof(
  request: DpopRequest,
): Promise<Result<DpopProof, DpopProofError>> {
  const opened = await openProof(request.proof);
  if (!opened.ok) return opened;
  const { jkt, payload } = opened.value;
  const members = parseStrictObject(payload);
  if (members === undefined) return err({ reason: 'malformed', part: 'payload' });
  const { accessToken } = request;
  const ath = accessToken === undefined ? undefined : await hash(accessToken);
  const claims = readProofClaims(members, { ...request, ath });
  return claims.ok ? ok({ jkt, ...claims.value }) : claims;
}

/** The name under which a used proof is stored (RFC 9449 §11.1): base64url, of one length. */
export const proofId = ({ jkt, jti }: Pick<DpopProof, 'jkt' | 'jti'>): Promise<string> =>
  hash(`${jkt}.${jti}`);

/** The SHA-256 in base64url, which for an access token is its `ath` (RFC 9449 §4.2). */
const hash = async (text: string): Promise<string> => toBase64Url(await sha256(utf8(text)));
