import { OAuthError } from '../../oauth-error.ts';
import type { Draft } from '../draft.ts';

/** The client may use codes at all (RFC 7591 §2, `grant_types`). */
export function checkGrantType({ client }: Draft): undefined {
  if (!client.grantTypes.includes('authorization_code')) {
    throw new OAuthError('unauthorized_client', 'This client may not use the authorization code');
  }
}
