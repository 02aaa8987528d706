/**
 * `grant_type=client_credentials` (RFC 6749 §4.4): a client asks in its own name.
 *
 * @module
 */

import { OAuthError } from '../../platform/oauth-error.ts';
import { isPublicClient } from '../clients/client.ts';
import { issueClientToken } from '../issue/client-token.ts';
import type { Grant } from '../issue/grant.ts';

export const clientCredentials: Grant = async (request, services) => {
  if (isPublicClient(request.client)) {
    throw new OAuthError('unauthorized_client', 'This client cannot prove who it is');
  }
  return issueClientToken(request, services);
};
