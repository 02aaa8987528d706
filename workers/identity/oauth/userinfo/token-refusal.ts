import { ERROR_CODES, type ErrorCode } from '../../../../shared/contracts/http/error-codes.ts';
import { OAuthError } from '../oauth-error.ts';

/** RFC 6750 §3: no `error` in the challenge where the request carried no token at all. */
export const tokenMissing = (): OAuthError =>
  new OAuthError('invalid_token', 'An access token is required', {
    headers: { 'www-authenticate': 'Bearer' },
  });

/** The token is no good, or no longer (RFC 6750 §3.1). */
export const invalidToken = (code: ErrorCode = 'AUTH_TOKEN_INVALID'): OAuthError =>
  refusal('invalid_token', ERROR_CODES[code].title, '');

/** @param scope - What the token lacks. */
export const insufficientScope = (scope: string): OAuthError =>
  refusal('insufficient_scope', ERROR_CODES.AUTH_SCOPE_INSUFFICIENT.title, `, scope="${scope}"`);

function refusal(code: 'invalid_token' | 'insufficient_scope', description: string, more: string) {
  const challenge = `Bearer error="${code}", error_description="${description}"${more}`;
  return new OAuthError(code, description, { headers: { 'www-authenticate': challenge } });
}
