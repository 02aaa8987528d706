/**
 * `grant_type=client_credentials` (RFC 6749 §4.4): a client asks in its own name.
 *
 * @module
 */

import { GROUPS_SCOPE } from '../../../../shared/contracts/identity/oauth-terms.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import type { Client } from '../clients/client.ts';
import { readScopes } from '../clients/scopes.ts';
import { assertConfidential, type TokenRequest, type TokenResponse } from '../issue/grant.ts';
import { type AccessTokenOnlyNeeds, issueAccessTokenOnly } from '../issue/issue-for-client.ts';
import { type CheckResourcesNeeds, checkResources } from '../resources/check-resources.ts';

export type ClientTokenNeeds = AccessTokenOnlyNeeds & CheckResourcesNeeds;

export async function clientCredentials(
  request: TokenRequest,
  needs: ClientTokenNeeds,
): Promise<TokenResponse> {
  assertConfidential(request.client);
  return issueClientToken(request, needs);
}

/**
 * Issues a token in the client's own name, which it has proved. No user stands behind it.
 *
 * @throws {OAuthError} `invalid_scope`, `invalid_target`
 */
export async function issueClientToken(
  request: Pick<TokenRequest, 'client' | 'parameters' | 'proof'>,
  needs: ClientTokenNeeds,
): Promise<TokenResponse> {
  const { client, parameters } = request;
  const terms = {
    subject: client.clientId,
    scopes: ownScopes(client, parameters.get('scope')),
    resources: await checkResources(client, parameters.all('resource'), needs),
    session: null,
    owner: null,
    actor: null,
    authorizationDetails: [],
  };
  return issueAccessTokenOnly(terms, request, needs);
}

/** Scopes that mean something of a user only: a client has no profile and needs no `offline_access`. */
const USERS_SCOPES: ReadonlySet<string> = new Set([
  'openid',
  'profile',
  'email',
  'offline_access',
  GROUPS_SCOPE,
]);

/** A request without `scope` gets all scopes of the client (RFC 6749 §3.3). */
function ownScopes({ scopes }: Client, requested: string | undefined): readonly string[] {
  const own = (scopes ?? []).filter((scope) => !USERS_SCOPES.has(scope));
  if (requested === undefined) return own;
  const wanted = readScopes(requested);
  if (wanted.every((scope) => own.includes(scope))) return wanted;
  throw new OAuthError('invalid_scope', 'The scope is more than this client may ask for');
}
