import type { Services } from '../../../context.ts';
import { OAuthError } from '../../oauth-error.ts';
import { verifyIdTokenHint } from '../../verify/own-tokens.ts';
import type { Draft } from '../draft.ts';

/**
 * `id_token_hint`: an ID token that this client got from us, however old, says who must be signed in
 * (OpenID Connect Core §3.1.2.1).
 */
export async function checkIdTokenHint(
  { client, parameters, requiredSubject }: Draft,
  services: Services,
): Promise<Partial<Draft>> {
  const text = parameters.get('id_token_hint');
  if (text === undefined) return {};
  const hint = await verifyIdTokenHint(text, services);
  if (!hint.ok || !hint.value.audiences.includes(client.clientId)) {
    throw new OAuthError('invalid_request', 'The id_token_hint is no ID token of this client');
  }
  if (requiredSubject !== null && requiredSubject !== hint.value.subject) {
    throw new OAuthError('invalid_request', 'The id_token_hint and the claims differ on the sub');
  }
  return { requiredSubject: hint.value.subject };
}
