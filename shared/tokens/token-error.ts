import type { NumericDate } from '../clock.ts';
import type { ErrorCode } from '../contracts/http/error-codes.ts';

/** Why a text is not accepted as a compact JWS. */
export type JwsFormatError =
  | { readonly reason: 'oversized' }
  | {
      readonly reason: 'malformed';
      readonly part: 'structure' | 'header' | 'payload' | 'signature';
    }
  /** A header member that is dangerous or unknown. */
  | { readonly reason: 'header_refused'; readonly member: string };

/** Why a compact JWS is refused. */
export type JwsError =
  | JwsFormatError
  | { readonly reason: 'algorithm_refused' }
  | { readonly reason: 'key_unknown'; readonly kid: string }
  | { readonly reason: 'key_mismatch' }
  | { readonly reason: 'signature_invalid' };

/** Why an access token is refused. */
export type TokenError =
  | JwsError
  | { readonly reason: 'type_refused' }
  | { readonly reason: 'claim_invalid'; readonly claim: string }
  | { readonly reason: 'issuer_mismatch' }
  | { readonly reason: 'audience_mismatch' }
  | { readonly reason: 'expired'; readonly expiredAt: NumericDate }
  | { readonly reason: 'not_yet_valid'; readonly claim: 'nbf' | 'iat' }
  | { readonly reason: 'revoked' };

export type TokenErrorCode = (typeof CODES)[TokenError['reason']];

const CODES = {
  oversized: 'AUTH_TOKEN_MALFORMED',
  malformed: 'AUTH_TOKEN_MALFORMED',
  header_refused: 'AUTH_TOKEN_INVALID',
  algorithm_refused: 'AUTH_TOKEN_INVALID',
  key_unknown: 'AUTH_TOKEN_INVALID',
  key_mismatch: 'AUTH_TOKEN_INVALID',
  signature_invalid: 'AUTH_TOKEN_INVALID',
  type_refused: 'AUTH_TOKEN_INVALID',
  claim_invalid: 'AUTH_CLAIMS_INVALID',
  issuer_mismatch: 'AUTH_CLAIMS_INVALID',
  audience_mismatch: 'AUTH_CLAIMS_INVALID',
  expired: 'AUTH_TOKEN_EXPIRED',
  not_yet_valid: 'AUTH_TOKEN_NOT_YET_VALID',
  revoked: 'AUTH_TOKEN_REVOKED',
} as const satisfies Record<TokenError['reason'], ErrorCode>;

/** Maps a refusal to the code that a client sees. Which check failed stays in the log. */
export const toErrorCode = ({ reason }: TokenError): TokenErrorCode => CODES[reason];
