/**
 * `grant_type=client_credentials` (RFC 6749 §4.4): a client asks in its own name.
 *
 * @module
 */

import { newTokenId } from '../../../../../shared/ids.ts';
import { signAccessToken } from '../../../tokens/sign-access-token.ts';
import { type Client, isPublicClient } from '../../clients/client.ts';
import { OAuthError } from '../../oauth-error.ts';
import { checkResources } from '../../resources/check-resources.ts';
import { tokenTarget } from '../../resources/token-target.ts';
import type { Grant } from '../grant.ts';
import { confirmationOf } from '../sender-proof.ts';

export const clientCredentials: Grant = async ({ client, parameters, proof }, services) => {
  if (isPublicClient(client)) {
    throw new OAuthError('unauthorized_client', 'This client cannot prove who it is');
  }
  const scopes = ownScopes(client, parameters.get('scope'));
  const resources = await checkResources(client, parameters.all('resource'), services);
  const { alg, lifetime, ...target } = await tokenTarget(client, scopes, resources, services);
  const terms = {
    subject: client.clientId,
    clientId: client.clientId,
    ...target,
    session: null,
    confirmation: confirmationOf(proof),
    actor: null,
    authorizationDetails: [],
  };
  const issuedAt = services.clock();
  const request = { terms, tokenId: newTokenId(), issuedAt, alg, lifetime };
  const { text } = await signAccessToken(request, services);
  return {
    access_token: text,
    token_type: proof.dpopJkt === null ? 'Bearer' : 'DPoP',
    expires_in: lifetime,
    scope: scopes.join(' '),
  };
};

/** What only makes sense of a user: a client has no profile, and needs no leave to come back. */
const USERS_SCOPES: ReadonlySet<string> = new Set(['openid', 'profile', 'email', 'offline_access']);

/** All of its own where none are asked for (RFC 6749 §3.3). */
function ownScopes({ scopes }: Client, asked: string | undefined): readonly string[] {
  const own = (scopes ?? []).filter((scope) => !USERS_SCOPES.has(scope));
  if (asked === undefined) return own;
  const wanted = [...new Set(asked.split(' '))];
  if (wanted.every((scope) => own.includes(scope))) return wanted;
  throw new OAuthError('invalid_scope', 'The scope is more than this client may ask for');
}
