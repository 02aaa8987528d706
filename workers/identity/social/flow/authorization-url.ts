import { sha256, toBase64Url, utf8 } from '../../../../shared/bytes.ts';
import type { OAuth2Provider, OidcProvider } from '../providers/provider.ts';
import type { SocialState } from '../state/social-state.ts';

export type AuthorizationQuery = {
  readonly endpoint: string;
  readonly redirectUri: string;
  /** As sealed. */
  readonly state: string;
  /** Further parameters, such as `prompt`. */
  readonly more: Readonly<Record<string, string>>;
};

/** Where the browser is sent to (RFC 6749 §4.1.1, RFC 7636 §4.3, OpenID Connect Core §3.1.2.1). */
export async function authorizationUrl(
  provider: OidcProvider | OAuth2Provider,
  { codeVerifier, nonce }: Pick<SocialState, 'codeVerifier' | 'nonce'>,
  { endpoint, redirectUri, state, more }: AuthorizationQuery,
): Promise<string> {
  const parameters = {
    response_type: 'code',
    client_id: provider.clientId,
    redirect_uri: redirectUri,
    scope: provider.scopes.join(' '),
    state,
    code_challenge: toBase64Url(await sha256(utf8(codeVerifier))),
    code_challenge_method: 'S256',
    ...(provider.kind === 'oidc' ? oidcParameters(provider, nonce) : {}),
    ...more,
  };
  const url = new URL(endpoint);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

const oidcParameters = ({ responseMode, parameters }: OidcProvider, nonce: string) => ({
  ...parameters,
  nonce,
  ...(responseMode === 'query' ? {} : { response_mode: responseMode }),
});
