import type { ClientAuthMethod } from '../clients/client.ts';
import { OAuthError } from '../oauth-error.ts';

const CHALLENGE = { 'www-authenticate': 'Basic realm="sallyport"' };

/**
 * The one answer to a client that is unknown, or is not who it says it is (RFC 6749 §5.2).
 *
 * @param tried - How it authenticated.
 */
export const invalidClient = (tried: ClientAuthMethod): OAuthError =>
  new OAuthError(
    'invalid_client',
    'Client authentication failed',
    tried === 'client_secret_basic' ? { headers: CHALLENGE } : {},
  );
