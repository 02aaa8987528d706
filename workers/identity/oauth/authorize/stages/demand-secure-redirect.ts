import { OAuthError } from '../../oauth-error.ts';
import { clientDemands } from '../client-demands.ts';
import type { Draft } from '../draft.ts';
import { isLoopback } from '../redirect-uri.ts';

/** FAPI 2.0 Security Profile §5.3.2.2: `https`, or this machine (RFC 8252 §7.3). */
export function demandSecureRedirect({ client, redirectUri }: Draft): undefined {
  const isSecure = redirectUri.startsWith('https://') || isLoopback(redirectUri);
  if (clientDemands(client).secureRedirect && !isSecure) {
    throw new OAuthError('invalid_request', 'The redirect_uri must use https');
  }
}
