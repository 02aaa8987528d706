import { unreachable } from '../../../../shared/result.ts';
import type { Services } from '../../context.ts';
import type { ResponseMode } from '../authorize/authorization-request.ts';
import type { Client } from '../clients/client.ts';
import { errorMembers, type OAuthError } from '../oauth-error.ts';
import { formPostPage } from './form-post.ts';
import { fragmentRedirect, queryRedirect } from './redirect.ts';
import type { ResponseMembers, ReturnAddress } from './response.ts';
import { signedResponse } from './signed-response.ts';

/**
 * Answers a client through the browser. `state` and `iss` (RFC 9207) are added.
 *
 * @throws {Problem} `TOKEN_KMS_ERROR`, {OAuthError} As `signForClient`: in a JWT mode.
 */
export async function respond(
  address: ReturnAddress,
  members: ResponseMembers,
  client: Client,
  services: Services,
): Promise<Response> {
  const { redirectUri, responseMode, state } = address;
  const all = {
    ...members,
    ...(state === null ? {} : { state }),
    iss: services.config.issuer,
  };
  const sent = isSigned(responseMode) ? await signedResponse(all, client, services) : all;
  switch (responseMode) {
    case 'query':
    case 'query.jwt':
    case 'jwt':
      return queryRedirect(redirectUri, sent);
    case 'fragment':
    case 'fragment.jwt':
      return fragmentRedirect(redirectUri, sent);
    case 'form_post':
    case 'form_post.jwt':
      return formPostPage(redirectUri, sent);
    default:
      return unreachable(responseMode);
  }
}

/** JARM §2.3. For a code, `jwt` is `query.jwt` (§2.3.4). */
const isSigned = (mode: ResponseMode): boolean => mode.endsWith('jwt');

export const respondWithError = (
  address: ReturnAddress,
  error: OAuthError,
  client: Client,
  services: Services,
): Promise<Response> => respond(address, errorMembers(error), client, services);
