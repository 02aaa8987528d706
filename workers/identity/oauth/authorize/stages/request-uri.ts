import { OAuthError } from '../../oauth-error.ts';
import type { Draft } from '../draft.ts';

/** A pushed request does not refer to another one (RFC 9126 §2.1). */
export function refuseRequestUri({ parameters }: Draft): undefined {
  if (parameters.has('request_uri')) {
    throw new OAuthError('invalid_request', 'A pushed request must not carry a request_uri');
  }
}
