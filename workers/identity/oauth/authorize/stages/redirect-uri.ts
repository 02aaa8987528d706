import { OAuthError } from '../../oauth-error.ts';
import { isOpenIdRequest } from '../../scopes.ts';
import { clientDemands } from '../client-demands.ts';
import type { Draft } from '../draft.ts';
import { chooseRedirectUri, type RedirectUriError } from '../redirect-uri.ts';

const REASONS: Readonly<Record<RedirectUriError, string>> = {
  missing: 'The parameter redirect_uri is missing',
  not_registered: 'The redirect_uri is not registered for this client',
};

/** The redirect URI is one of the client's, character by character (RFC 9700 §2.1). */
export function checkRedirectUri({ client, parameters }: Draft): Partial<Draft> {
  const uri = chooseRedirectUri(
    client.redirectUris,
    parameters.get('redirect_uri'),
    // OpenID Connect Core §3.1.2.1
    isOpenIdRequest(parameters) || clientDemands(client).namedRedirect,
  );
  if (!uri.ok) throw new OAuthError('invalid_request', REASONS[uri.error]);
  return { redirectUri: uri.value, canAnswer: true, state: parameters.get('state') ?? null };
}
