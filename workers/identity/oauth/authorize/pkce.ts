import { OAuthError } from '../../platform/oauth-error.ts';
import type { Draft, ReceivedRequest } from './draft.ts';

/** BASE64URL(SHA256(code_verifier)) (RFC 7636 §4.2). */
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/;

/**
 * Every client must use PKCE with S256 (RFC 9700 §2.1.1). `plain`, the default of RFC 7636, is refused:
 * whoever reads the request could redeem its code.
 */
export function checkPkce({ parameters }: ReceivedRequest): Pick<Draft, 'codeChallenge'> {
  const codeChallenge = parameters.get('code_challenge');
  if (codeChallenge === undefined) {
    throw new OAuthError('invalid_request', 'The parameter code_challenge is missing (RFC 7636)');
  }
  if (parameters.get('code_challenge_method') !== 'S256') {
    throw new OAuthError('invalid_request', 'The code_challenge_method must be S256');
  }
  if (!CHALLENGE.test(codeChallenge)) {
    throw new OAuthError('invalid_request', 'The code_challenge is malformed');
  }
  return { codeChallenge };
}
