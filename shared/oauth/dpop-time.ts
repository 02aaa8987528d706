import { type Millis, type NumericDate, toNumericDate } from '../clock.ts';
import type { ProofClaims } from './dpop-claims.ts';

/** How many seconds a proof without a nonce is accepted after its `iat`. */
export const PROOF_LIFETIME = 60;
/**
 * How many seconds a client's clock may be ahead. FAPI 2.0 Security Profile §5.3.2.1 asks for ten.
 */
export const PROOF_CLOCK_TOLERANCE = 10;

export type ProofTimeRules = {
  /** Those of ours that are accepted now. */
  readonly nonces: { readonly current: string; readonly previous: string };
  readonly isNonceRequired: boolean;
  readonly now: Millis;
};

/**
 * Judges when a proof was made (RFC 9449 §4.3, checks 10 and 11). A nonce of ours that is fresh says so
 * better than the client's clock, which may be wrong (§11.1): `iat` counts only where there is no nonce.
 * Where one is required, even a client whose clock is wrong is told so, and gets one.
 *
 * @returns What is wrong. A nonce that is not required but is none of ours is wrong, too.
 */
export function proofTimeFault(
  { nonce, issuedAt }: Pick<ProofClaims, 'nonce' | 'issuedAt'>,
  { nonces: { current, previous }, isNonceRequired, now }: ProofTimeRules,
): 'nonce_required' | 'untimely' | undefined {
  if (nonce !== undefined || isNonceRequired) {
    return nonce === current || nonce === previous ? undefined : 'nonce_required';
  }
  return isTimely(issuedAt, toNumericDate(now)) ? undefined : 'untimely';
}

const isTimely = (issuedAt: NumericDate, now: NumericDate): boolean =>
  issuedAt >= now - PROOF_LIFETIME && issuedAt <= now + PROOF_CLOCK_TOLERANCE;
