import type { ErrorCode } from '../../../shared/contracts/http/error-codes.ts';
import { Problem } from '../../../shared/http/problem.ts';
import { DPOP_ALGORITHMS } from '../../../shared/oauth/dpop-signature.ts';
import type { Credentials } from '../credentials.ts';

/** RFC 9449 §7.1: every DPoP challenge tells what a proof may be signed with. */
export const ALGS = `algs="${DPOP_ALGORITHMS.join(' ')}"`;

/** The sender has not shown that the token is its own (RFC 9449 §7.1, RFC 8705 §3). */
export const tokenRefused = (scheme: Credentials['scheme']): Problem =>
  scheme === 'DPoP'
    ? challenge('AUTH_TOKEN_INVALID', `DPoP error="invalid_token", ${ALGS}`)
    : challenge('AUTH_TOKEN_INVALID', 'Bearer error="invalid_token"');

export const proofRefused = (nonce: string): Problem =>
  challenge('AUTH_DPOP_PROOF_INVALID', `DPoP error="invalid_dpop_proof", ${ALGS}`, nonce);

/** RFC 9449 §9. */
export const nonceRequired = (nonce: string): Problem =>
  challenge('AUTH_DPOP_NONCE_REQUIRED', `DPoP error="use_dpop_nonce", ${ALGS}`, nonce);

export const DPOP_NONCE_HEADER = 'dpop-nonce';

function challenge(code: ErrorCode, authenticate: string, nonce?: string): Problem {
  const headers = { 'www-authenticate': authenticate };
  return new Problem(code, {
    headers: nonce === undefined ? headers : { ...headers, [DPOP_NONCE_HEADER]: nonce },
  });
}
