import { OAuthError } from '../../oauth-error.ts';
import { clientDemands } from '../client-demands.ts';
import type { Draft } from '../draft.ts';

/** `require_signed_request_object` (RFC 9101 §10.5). */
export function demandSignedRequest({ client, isSigned }: Draft): undefined {
  if (!isSigned && clientDemands(client).signedRequest) {
    throw new OAuthError('invalid_request', 'The request must come in a signed request object');
  }
}
