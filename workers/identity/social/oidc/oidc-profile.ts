import { err, ok, type Result } from '../../../../shared/result.ts';
import { isJsonObject, type JsonObject } from '../../../../shared/tokens/strict-json.ts';
import type { Services } from '../../context.ts';
import type { SocialFault } from '../fault.ts';
import { readFromProvider } from '../providers/ask-provider.ts';
import {
  type OidcProvider,
  type ProviderProfile,
  providerEmail,
  providerName,
} from '../providers/provider.ts';
import { tenantOf } from './id-token.ts';
import type { ProviderMetadata } from './provider-documents.ts';

/**
 * The claims of the ID token, and where it has no e-mail, those of UserInfo: many providers tell
 * more there. The ID token's win.
 */
export async function completeClaims(
  idToken: JsonObject,
  accessToken: string,
  { userinfoEndpoint }: ProviderMetadata,
  { fetchSafely }: Pick<Services, 'fetchSafely'>,
): Promise<Result<JsonObject, SocialFault>> {
  if (userinfoEndpoint === undefined || idToken['email'] !== undefined) return ok(idToken);
  const answer = await readFromProvider(fetchSafely, userinfoEndpoint, accessToken);
  if (!answer.ok) return answer;
  const claims = answer.value;
  // OpenID Connect Core §5.3.2: else it may be somebody else's.
  if (!isJsonObject(claims) || claims['sub'] !== idToken['sub']) {
    return err({ reason: 'answer_invalid', detail: 'UserInfo: it has another sub' });
  }
  return ok({ ...claims, ...idToken });
}

/** Who the claims describe. Subjects of different tenants are told apart. */
export function oidcProfile(provider: OidcProvider, claims: JsonObject): ProviderProfile {
  const tenant = tenantOf(provider.issuer, text(claims['iss']) ?? '');
  const sub = text(claims['sub']) ?? '';
  const email = text(claims['email']);
  return {
    subject: tenant === undefined || tenant === '' ? sub : `${tenant}/${sub}`,
    email: providerEmail(email, provider.emailStanding(claims, email ?? '')),
    displayName: providerName(
      text(claims['name']),
      text(claims['preferred_username']),
      text(claims['given_name']),
    ),
  };
}

const text = (claim: unknown): string | undefined =>
  typeof claim === 'string' ? claim : undefined;
