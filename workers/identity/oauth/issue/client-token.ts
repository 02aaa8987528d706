import { OAuthError } from '../../platform/oauth-error.ts';
import type { Client } from '../clients/client.ts';
import { checkResources } from '../resources/check-resources.ts';
import { type AccessTokenOnlyServices, issueAccessTokenOnly } from './access-token-only.ts';
import type { TokenRequest, TokenResponse } from './grant.ts';

/**
 * Issues a token in the client's own name, which it has proved. No user stands behind it.
 *
 * @throws {OAuthError} `invalid_scope`, `invalid_target`
 */
export async function issueClientToken(
  request: Pick<TokenRequest, 'client' | 'parameters' | 'proof'>,
  services: AccessTokenOnlyServices,
): Promise<TokenResponse> {
  const { client, parameters } = request;
  const terms = {
    subject: client.clientId,
    scopes: ownScopes(client, parameters.get('scope')),
    resources: await checkResources(client, parameters.all('resource'), services),
    session: null,
    actor: null,
    authorizationDetails: [],
  };
  return issueAccessTokenOnly(terms, request, services);
}

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
