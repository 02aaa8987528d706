import type { Services } from '../../context.ts';
import type { TokenRequest } from '../token/grant.ts';
import { accessTokenParty } from './access-token-party.ts';
import { admissionFault } from './admission.ts';
import { idTokenParty } from './id-token-party.ts';
import type { Party } from './party.ts';
import { tokenRefusal } from './token-refusal.ts';
import type { PresentedToken } from './token-types.ts';

/**
 * Whom a presented token stands for.
 *
 * @throws {OAuthError} `invalid_request` if it is not good, or not for this client to exchange.
 * @throws {Problem} `SERVICE_UNAVAILABLE`
 */
export async function readParty(
  { role, kind, text }: PresentedToken,
  request: TokenRequest,
  services: Services,
): Promise<Party> {
  const { client, proof } = request;
  const party =
    kind === 'id_token'
      ? await idTokenParty(text, client, services)
      : await accessTokenParty(text, services);
  if (!party.ok) throw tokenRefusal(role, party.error, request, services);
  const fault = admissionFault(party.value, client, proof);
  if (fault !== undefined) throw tokenRefusal(role, fault, request, services);
  return party.value;
}
