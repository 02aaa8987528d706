import * as z from 'zod';
import { utf8 } from '../../../../shared/bytes.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import type { Services } from '../../context.ts';
import type { SocialFault } from '../fault.ts';
import { tenantOf, verifyIdToken } from '../oidc/id-token.ts';
import { completeClaims, oidcProfile } from '../oidc/oidc-profile.ts';
import { parseJson, readFromProvider } from '../providers/ask-provider.ts';
import {
  type OAuth2Provider,
  type OidcProvider,
  type Provider,
  type ProviderProfile,
  providerName,
  type SteamProvider,
} from '../providers/provider.ts';
import { returnTo, verifyAssertion } from '../steam/openid.ts';
import { steamProfile } from '../steam/web-api.ts';
import { callbackUrl } from './begin-sign-in.ts';
import { exchangeCode, type ProviderTokens } from './exchange-code.ts';
import type { ProviderAnswer } from './provider-answer.ts';
import type { SocialState } from './state.ts';

/** Who signed in, and what the provider lets us do for them. */
export type Authenticated = {
  readonly profile: ProviderProfile;
  readonly tokens: ProviderTokens | null;
};

type Finished = Promise<Result<Authenticated, SocialFault>>;

/**
 * Finds out who came back from a provider. That the state is ours, of this browser and new was
 * checked.
 */
export function finishSignIn(
  provider: Provider,
  answer: ProviderAnswer,
  state: SocialState,
  services: Services,
): Finished {
  if (provider.kind === 'steam') return finishSteam(provider, answer, services);
  return provider.kind === 'oidc'
    ? finishOidc(provider, answer, state, services)
    : finishOAuth2(provider, answer, state, services);
}

async function finishSteam(
  provider: SteamProvider,
  { openid, state }: ProviderAnswer,
  services: Services,
): Finished {
  const expected = returnTo(callbackUrl(services.config, provider.id), state ?? '');
  const steamId = await verifyAssertion(provider, openid, expected, services);
  if (!steamId.ok) return steamId;
  return ok({ profile: await steamProfile(provider, steamId.value, services), tokens: null });
}

async function finishOidc(
  provider: OidcProvider,
  answer: ProviderAnswer,
  state: SocialState,
  services: Services,
): Finished {
  const metadata = await services.providerDocuments.metadata(provider);
  if (!metadata.ok) return metadata;
  const { tokenEndpoint, jwksUri, namesItself } = metadata.value;
  // RFC 9207 §2.4.
  const isNamed = answer.iss !== undefined;
  if (isNamed ? tenantOf(provider.issuer, answer.iss) === undefined : namesItself) {
    return invalid('iss: the answer is of another provider');
  }
  const tokens = await redeem(provider, tokenEndpoint, answer, state, services);
  if (!tokens.ok) return tokens;
  const { idToken: token, accessToken } = tokens.value;
  if (token === undefined) return invalid('there is no ID token');
  const presented = { token, accessToken, nonce: state.nonce, jwksUri };
  const idToken = await verifyIdToken(provider, presented, services);
  if (!idToken.ok) return idToken;
  const claims = await completeClaims(idToken.value, accessToken, metadata.value, services);
  if (!claims.ok) return claims;
  const profile = oidcProfile(provider, claims.value);
  const displayName = profile.displayName ?? appleName(answer.user);
  return ok({ profile: { ...profile, displayName }, tokens: tokens.value });
}

async function finishOAuth2(
  provider: OAuth2Provider,
  answer: ProviderAnswer,
  state: SocialState,
  services: Services,
): Finished {
  // RFC 9207: of these no issuer is configured, but that it is another's is seen by its origin.
  const expected = new URL(provider.authorizationEndpoint).origin;
  if (answer.iss !== undefined && URL.parse(answer.iss)?.origin !== expected) {
    return invalid('iss: the answer is of another provider');
  }
  const tokens = await redeem(provider, provider.tokenEndpoint, answer, state, services);
  if (!tokens.ok) return tokens;
  const { accessToken } = tokens.value;
  const profile = await provider.readProfile(
    (url) => readFromProvider(services.fetchSafely, url, accessToken),
    provider.userEndpoint,
  );
  return profile.ok ? ok({ profile: profile.value, tokens: tokens.value }) : profile;
}

function redeem(
  provider: OidcProvider | OAuth2Provider,
  tokenEndpoint: string,
  { code, error }: ProviderAnswer,
  { codeVerifier }: SocialState,
  services: Services,
): Promise<Result<ProviderTokens, SocialFault>> {
  if (error !== undefined) return Promise.resolve(err(refusal(error)));
  if (code === undefined) return Promise.resolve(invalid('there is no code'));
  const redirectUri = callbackUrl(services.config, provider.id);
  return exchangeCode(provider, { tokenEndpoint, code, codeVerifier, redirectUri }, services);
}

/** RFC 6749 §4.1.2.1; Apple's, and Facebook's for the same. */
const DENIALS: ReadonlySet<string> = new Set([
  'access_denied',
  'user_cancelled_authorize',
  'user_denied',
]);

const refusal = (error: string): SocialFault =>
  DENIALS.has(error)
    ? { reason: 'denied' }
    : { reason: 'provider_refused', detail: error.replaceAll(/[^\w.-]/g, '?').slice(0, 64) };

const invalid = (detail: string): Result<never, SocialFault> =>
  err({ reason: 'answer_invalid', detail });

const User = z.object({
  name: z.object({ firstName: z.string().nullish(), lastName: z.string().nullish() }),
});

/**
 * The name that Apple sends once, with the first answer. Nobody has signed it: good enough for a name,
 * and for nothing else that is in there.
 */
function appleName(user: string | undefined): string | null {
  if (user === undefined) return null;
  const parsed = User.safeParse(parseJson(utf8(user)));
  if (!parsed.success) return null;
  const { firstName, lastName } = parsed.data.name;
  return providerName([firstName, lastName].filter((part) => (part ?? '') !== '').join(' '));
}
