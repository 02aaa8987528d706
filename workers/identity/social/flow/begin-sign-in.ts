import { ok, type Result } from '../../../../shared/result.ts';
import type { BrowserId } from '../../browser/browser-id.ts';
import type { Services } from '../../context.ts';
import type { Provider } from '../providers/provider.ts';
import type { SocialFault } from '../social-fault.ts';
import { newSocialState, type SocialPurpose, sealState } from '../state/social-state.ts';
import { openidUrl, returnTo } from '../steam/openid-request.ts';
import { authorizationUrl } from './authorization-url.ts';
import { callbackUrl } from './callback-url.ts';

export type Beginning = {
  readonly browser: BrowserId;
  readonly purpose: SocialPurpose;
  /** Further parameters of the authorization request. */
  readonly more: Readonly<Record<string, string>>;
};

/** Where to send the browser, and the state it will come back with. */
export type Begun = { readonly url: string; readonly state: string };

/** Begins a sign-in at a provider. Stores nothing. */
export async function beginSignIn(
  provider: Provider,
  { browser, purpose, more }: Beginning,
  services: Services,
): Promise<Result<Begun, SocialFault>> {
  const opened = newSocialState(provider.id, browser, purpose, services.clock());
  const state = await sealState(opened, services);
  const redirectUri = callbackUrl(services.config, provider.id);
  if (provider.kind === 'steam') {
    const url = openidUrl(provider.authorizationEndpoint, returnTo(redirectUri, state));
    return ok({ url, state });
  }
  const endpoint = await authorizationEndpoint(provider, services);
  if (!endpoint.ok) return endpoint;
  const query = { endpoint: endpoint.value, redirectUri, state, more };
  return ok({ url: await authorizationUrl(provider, opened, query), state });
}

async function authorizationEndpoint(
  provider: Exclude<Provider, { readonly kind: 'steam' }>,
  { providerDocuments }: Services,
): Promise<Result<string, SocialFault>> {
  if (provider.kind === 'oauth2') return ok(provider.authorizationEndpoint);
  const metadata = await providerDocuments.metadata(provider);
  return metadata.ok ? ok(metadata.value.authorizationEndpoint) : metadata;
}
