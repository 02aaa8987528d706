/**
 * `grant_type=client_credentials` (RFC 6749 §4.4): a client asks in its own name.
 *
 * @module
 */

import { isPublicClient } from '../../clients/client.ts';
import { issueOwnToken } from '../../issue/own-token.ts';
import { OAuthError } from '../../oauth-error.ts';
import type { Grant } from '../grant.ts';

export const clientCredentials: Grant = async (request, services) => {
  if (isPublicClient(request.client)) {
    throw new OAuthError('unauthorized_client', 'This client cannot prove who it is');
  }
  return issueOwnToken(request, services);
};
