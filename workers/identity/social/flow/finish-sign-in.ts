import * as z from 'zod';
import { utf8 } from '../../../../shared/bytes.ts';
import type { SafeFetch } from '../../../../shared/http/safe-fetch.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import type { SocialFault } from '../fault.ts';
import { tenantOf, type VerifyIdTokenNeeds, verifyIdToken } from '../oidc/id-token.ts';
import { completeClaims, oidcProfile } from '../oidc/oidc-profile.ts';
import type { ProviderDocuments } from '../oidc/provider-documents.ts';
import { parseJson, readFromProvider } from '../providers/ask-provider.ts';
import {
  type OAuth2Provider,
  type OidcProvider,
  type Provider,
  type ProviderProfile,
  providerDetails,
  providerName,
  type SteamProvider,
} from '../providers/provider.ts';
import { returnTo, type VerifyAssertionNeeds, verifyAssertion } from '../steam/openid.ts';
import { steamProfile } from '../steam/web-api.ts';
import { callbackUrl } from './begin-sign-in.ts';
import { type ExchangeCodeNeeds, exchangeCode, type ProviderTokens } from './exchange-code.ts';
import type { ProviderAnswer } from './provider-answer.ts';
import type { SocialState } from './state.ts';

export type FinishSignInNeeds = VerifyIdTokenNeeds &
  VerifyAssertionNeeds &
  ExchangeCodeNeeds & {
    readonly config: { readonly issuer: string };
    readonly fetchSafely: SafeFetch;
    readonly providerDocuments: Pick<ProviderDocuments, 'metadata'>;
  };

/** Who signed in, and what the provider lets us do for them. */
export type Authenticated = {
  readonly profile: ProviderProfile;
  readonly tokens: ProviderTokens | null;
};

type Finished = Promise<Result<Authenticated, SocialFault>>;

/**
 * Finds out who came back from a provider. Does NOT check that the state is ours, of this browser and
 * unused: `takeState` does.
 */
export function finishSignIn(
  provider: Provider,
  answer: ProviderAnswer,
  state: SocialState,
  needs: FinishSignInNeeds,
): Finished {
  if (provider.kind === 'steam') return finishSteam(provider, answer, needs);
  return provider.kind === 'oidc'
    ? finishOidc(provider, answer, state, needs)
    : finishOAuth2(provider, answer, state, needs);
}

async function finishSteam(
  provider: SteamProvider,
  { openid, state }: ProviderAnswer,
  needs: FinishSignInNeeds,
): Finished {
  const expected = returnTo(callbackUrl(needs.config, provider.id), state ?? '');
  const steamId = await verifyAssertion(provider, openid, expected, needs);
  if (!steamId.ok) return steamId;
  return ok({
    profile: await steamProfile(provider, steamId.value, needs.fetchSafely),
    tokens: null,
  });
}

async function finishOidc(
  provider: OidcProvider,
  answer: ProviderAnswer,
  state: SocialState,
  needs: FinishSignInNeeds,
): Finished {
  const metadata = await needs.providerDocuments.metadata(provider);
  if (!metadata.ok) return metadata;
  const { tokenEndpoint, jwksUri, namesItself } = metadata.value;
  // RFC 9207 §2.4.
  const isNamed = answer.iss !== undefined;
  if (isNamed ? tenantOf(provider.issuer, answer.iss) === undefined : namesItself) {
    return invalid('iss: the answer is of another provider');
  }
  const tokens = await redeem(provider, tokenEndpoint, answer, state, needs);
  if (!tokens.ok) return tokens;
  const { idToken: token, accessToken } = tokens.value;
  if (token === undefined) return invalid('there is no ID token');
  const presented = { token, accessToken, nonce: state.nonce, jwksUri };
  const idToken = await verifyIdToken(provider, presented, needs);
  if (!idToken.ok) return idToken;
  const claims = await completeClaims(
    idToken.value,
    accessToken,
    metadata.value,
    needs.fetchSafely,
  );
  if (!claims.ok) return claims;
  const profile = oidcProfile(provider, claims.value);
  return ok({ profile: withAppleName(profile, answer.user), tokens: tokens.value });
}

async function finishOAuth2(
  provider: OAuth2Provider,
  answer: ProviderAnswer,
  state: SocialState,
  needs: FinishSignInNeeds,
): Finished {
  // RFC 9207: no issuer is configured, but another provider's issuer has another origin.
  const expected = new URL(provider.authorizationEndpoint).origin;
  if (answer.iss !== undefined && URL.parse(answer.iss)?.origin !== expected) {
    return invalid('iss: the answer is of another provider');
  }
  const tokens = await redeem(provider, provider.tokenEndpoint, answer, state, needs);
  if (!tokens.ok) return tokens;
  const { accessToken } = tokens.value;
  const profile = await provider.readProfile(
    (url) => readFromProvider(needs.fetchSafely, url, accessToken),
    provider.userEndpoint,
  );
  return profile.ok ? ok({ profile: profile.value, tokens: tokens.value }) : profile;
}

function redeem(
  provider: OidcProvider | OAuth2Provider,
  tokenEndpoint: string,
  { code, error }: ProviderAnswer,
  { codeVerifier }: SocialState,
  needs: FinishSignInNeeds,
): Promise<Result<ProviderTokens, SocialFault>> {
  if (error !== undefined) return Promise.resolve(err(refusal(error)));
  if (code === undefined) return Promise.resolve(invalid('there is no code'));
  const redirectUri = callbackUrl(needs.config, provider.id);
  return exchangeCode(provider, { tokenEndpoint, code, codeVerifier, redirectUri }, needs);
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
 * The name that Apple sends once, with the first answer. Nobody has signed it, so nothing else is read
 * from there.
 */
function withAppleName(profile: ProviderProfile, user: string | undefined): ProviderProfile {
  const parsed = User.safeParse(user === undefined ? undefined : parseJson(utf8(user)));
  if (!parsed.success) return profile;
  const { firstName, lastName } = parsed.data.name;
  const whole = [firstName, lastName].filter((part) => (part ?? '') !== '').join(' ');
  const reported = providerDetails({ firstName, lastName });
  return {
    ...profile,
    displayName: profile.displayName ?? providerName(whole),
    firstName: profile.firstName ?? reported.firstName,
    lastName: profile.lastName ?? reported.lastName,
  };
}
