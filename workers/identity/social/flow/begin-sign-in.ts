import { sha256, toBase64Url, utf8 } from '../../../../shared/bytes.ts';
import type { Clock } from '../../../../shared/clock.ts';
import { Problem } from '../../../../shared/http/problem.ts';
import { ok, type Result } from '../../../../shared/result.ts';
import type { BrowserId } from '../../sessions/browser-id.ts';
import type { SocialConfig } from '../config.ts';
import type { SocialFault } from '../fault.ts';
import type { ProviderDocuments } from '../oidc/provider-documents.ts';
import type { OAuth2Provider, OidcProvider, Provider } from '../providers/provider.ts';
import { openidUrl, returnTo } from '../steam/openid.ts';
import {
  newSocialState,
  type SealStateNeeds,
  type SocialPurpose,
  type SocialState,
  sealState,
} from './state.ts';

export type BeginSignInNeeds = SealStateNeeds & {
  readonly config: { readonly issuer: string };
  readonly clock: Clock;
  readonly providerDocuments: Pick<ProviderDocuments, 'metadata'>;
};

export type Beginning = {
  readonly browser: BrowserId;
  readonly purpose: SocialPurpose;
  /** Further parameters of the authorization request. */
  readonly more: Readonly<Record<string, string>>;
};

/** Where to send the browser, and the state it will come back with. */
export type Begun = { readonly url: string; readonly state: string };

/** Begins a sign-in at a provider. Nothing is stored: the state contains everything. */
export async function beginSignIn(
  provider: Provider,
  { browser, purpose, more }: Beginning,
  needs: BeginSignInNeeds,
): Promise<Result<Begun, SocialFault>> {
  const opened = newSocialState(provider.id, browser, purpose, needs.clock());
  const state = await sealState(opened, needs);
  const redirectUri = callbackUrl(needs.config, provider.id);
  if (provider.kind === 'steam') {
    const url = openidUrl(provider.authorizationEndpoint, returnTo(redirectUri, state));
    return ok({ url, state });
  }
  const endpoint = await authorizationEndpoint(provider, needs);
  if (!endpoint.ok) return endpoint;
  const query = { endpoint: endpoint.value, redirectUri, state, more };
  return ok({ url: await authorizationUrl(provider, opened, query), state });
}

async function authorizationEndpoint(
  provider: Exclude<Provider, { readonly kind: 'steam' }>,
  { providerDocuments }: BeginSignInNeeds,
): Promise<Result<string, SocialFault>> {
  if (provider.kind === 'oauth2') return ok(provider.authorizationEndpoint);
  const metadata = await providerDocuments.metadata(provider);
  return metadata.ok ? ok(metadata.value.authorizationEndpoint) : metadata;
}

export type AuthorizationQuery = {
  readonly endpoint: string;
  readonly redirectUri: string;
  /** As sealed. */
  readonly state: string;
  /** Further parameters, such as `prompt`. */
  readonly more: Readonly<Record<string, string>>;
};

/** Where the browser is sent to (RFC 6749 §4.1.1, RFC 7636 §4.3, OpenID Connect Core §3.1.2.1). */
async function authorizationUrl(
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

export type FindProviderNeeds = { readonly config: { readonly social: SocialConfig } };

/** @throws {Problem} `SOCIAL_PROVIDER_UNKNOWN` */
export function findProvider(id: string, { config }: FindProviderNeeds): Provider {
  const provider = config.social.providers.get(id);
  if (provider === undefined) throw new Problem('SOCIAL_PROVIDER_UNKNOWN');
  return provider;
}

/**
 * Where a provider sends the browser back to. Each provider has an address of its own, so that the
 * answer of one cannot be passed off as another's (RFC 9700 §4.4.2.2).
 */
export const callbackUrl = ({ issuer }: { readonly issuer: string }, providerId: string): string =>
  `${issuer}/api/v1/auth/oauth/${providerId}/callback`;
