import type { NumericDate } from '../clock.ts';
import { comparableUrl } from '../http/comparable-url.ts';
import { err, ok, type Result } from '../result.ts';
import type { JsonObject } from '../tokens/strict-json.ts';

/** The claims of a proof (RFC 9449 §4.2), except those that repeat the request. */
export type ProofClaims = {
  readonly jti: string;
  readonly nonce: string | undefined;
  readonly issuedAt: NumericDate;
};

export type ProofClaimError =
  | { readonly reason: 'claim_invalid'; readonly claim: string }
  | { readonly reason: 'method_mismatch' }
  | { readonly reason: 'url_mismatch' }
  | { readonly reason: 'access_token_mismatch' };

type Expected = {
  readonly method: string;
  readonly url: string;
  /** `undefined` if the request presents no access token. */
  readonly ath: string | undefined;
};

/** Reads a proof's claims and compares them with the request (RFC 9449 §4.3, checks 3, 8, 9, 12a). */
export function readProofClaims(
  claims: JsonObject,
  { method, url, ath }: Expected,
): Result<ProofClaims, ProofClaimError> {
  const { jti, htm, htu, iat, nonce } = claims;
  if (!isIdentifier(jti)) return invalid('jti');
  if (typeof htm !== 'string') return invalid('htm');
  const target = comparableUrl(htu);
  if (target === undefined) return invalid('htu');
  if (typeof iat !== 'number') return invalid('iat');
  if (nonce !== undefined && typeof nonce !== 'string') return invalid('nonce');
  if (htm !== method) return err({ reason: 'method_mismatch' });
  if (target !== comparableUrl(url)) return err({ reason: 'url_mismatch' });
  if (ath !== undefined && claims['ath'] !== ath) return err({ reason: 'access_token_mismatch' });
  return ok({ jti, nonce, issuedAt: iat });
}

const invalid = (claim: string) => err({ reason: 'claim_invalid', claim } as const);

const LONGEST_IDENTIFIER = 255;

const isIdentifier = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= LONGEST_IDENTIFIER;
