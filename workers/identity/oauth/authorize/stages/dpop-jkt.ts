import { OAuthError } from '../../oauth-error.ts';
import type { Draft } from '../draft.ts';

/** A SHA-256 thumbprint (RFC 7638) in base64url. */
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/;

/** `dpop_jkt`: the key whose proof must redeem the code (RFC 9449 §10). */
export function checkDpopJkt({ parameters }: Draft): Partial<Draft> {
  const dpopJkt = parameters.get('dpop_jkt') ?? null;
  if (dpopJkt !== null && !THUMBPRINT.test(dpopJkt)) {
    throw new OAuthError('invalid_request', 'The dpop_jkt is no JWK thumbprint');
  }
  return { dpopJkt };
}
