/**
 * `grant_type=refresh_token` (RFC 6749 §6, RFC 9700 §4.14).
 *
 * @module
 */

import { OAuthError } from '../../platform/oauth-error.ts';
import {
  type RefreshRequest,
  type RotateNeeds,
  rotateRefreshToken,
} from '../../sessions/rotate-refresh-token.ts';
import { ownScopes } from '../clients/scopes.ts';
import {
  confirmationOf,
  requesterOf,
  type TokenRequest,
  type TokenResponse,
} from '../issue/grant.ts';
import { type IssueUserTokensNeeds, issueUserTokens } from '../issue/issue-for-client.ts';
import { narrow } from '../issue/narrow.ts';

export type RefreshTokenNeeds = RotateNeeds & IssueUserTokensNeeds;

export async function refreshToken(
  request: TokenRequest,
  needs: RefreshTokenNeeds,
): Promise<TokenResponse> {
  const { parameters, client } = request;
  const { audience } = needs.config;
  const narrower = {
    scope: parameters.get('scope'),
    resources: parameters.all('resource'),
    clientScopes: ownScopes(client),
  };
  const asksForLess = narrower.scope !== undefined || narrower.resources.length > 0;
  const refresh: RefreshRequest = {
    text: parameters.require('refresh_token'),
    requester: requesterOf(request),
    confirmation: confirmationOf(request.proof),
    // The client authenticates and proves a key, so a rotation would add no protection, but lost replies.
    keepsToken: client.profile !== 'none',
    assertGranted: asksForLess ? (grant) => void narrow(grant, narrower, audience) : undefined,
    correlationId: request.correlationId,
  };
  const rotated = await rotateRefreshToken(refresh, needs);
  if (!rotated.ok) {
    throw new OAuthError('invalid_grant', 'The refresh token cannot be used', {
      cause: rotated.error.reason,
    });
  }
  const narrowed = narrow(rotated.value.grant, narrower, audience);
  return issueUserTokens({ ...rotated.value, narrowed, nonce: null }, request, needs);
}
