import type { SafeFetch } from '../../../../shared/http/safe-fetch.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import { isJsonObject, type JsonObject } from '../../../../shared/tokens/strict-json.ts';
import type { SocialFault } from '../fault.ts';
import { readFromProvider } from '../providers/ask-provider.ts';
import {
  type OidcProvider,
  type ProviderProfile,
  providerDetails,
  providerEmail,
  providerName,
} from '../providers/provider.ts';
import { tenantOf } from './id-token.ts';
import type { ProviderMetadata } from './provider-documents.ts';

/**
 * The claims of the ID token and, where it has no e-mail, those of UserInfo, where many providers say
 * more. Of a claim that both have, the ID token's counts.
 */
export async function completeClaims(
  idToken: JsonObject,
  accessToken: string,
  { userinfoEndpoint }: ProviderMetadata,
  fetchSafely: SafeFetch,
): Promise<Result<JsonObject, SocialFault>> {
  if (userinfoEndpoint === undefined || idToken['email'] !== undefined) return ok(idToken);
  const answer = await readFromProvider(fetchSafely, userinfoEndpoint, accessToken);
  if (!answer.ok) return answer;
  const claims = answer.value;
  // OpenID Connect Core §5.3.2: with another `sub` the claims may be of another user.
  if (!isJsonObject(claims) || claims['sub'] !== idToken['sub']) {
    return err({ reason: 'answer_invalid', detail: 'UserInfo: it has another sub' });
  }
  return ok({ ...claims, ...idToken });
}

/** The user whom the claims describe. The subject names the tenant, where the provider has several. */
export function oidcProfile(provider: OidcProvider, claims: JsonObject): ProviderProfile {
  const tenant = tenantOf(provider.issuer, text(claims['iss']) ?? '');
  const sub = text(claims['sub']) ?? '';
  const email = text(claims['email']);
  return {
    subject: tenant === undefined || tenant === '' ? sub : `${tenant}/${sub}`,
    email: providerEmail(email, provider.emailTrust(claims, email ?? '')),
    displayName: providerName(
      text(claims['name']),
      text(claims['preferred_username']),
      text(claims['given_name']),
    ),
    ...providerDetails({
      firstName: text(claims['given_name']),
      lastName: text(claims['family_name']),
      avatarUrl: text(claims['picture']),
    }),
  };
}

const text = (claim: unknown): string | undefined =>
  typeof claim === 'string' ? claim : undefined;
