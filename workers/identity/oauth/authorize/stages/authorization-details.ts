import { parseAuthorizationDetails } from '../../authorization-details.ts';
import type { Draft } from '../draft.ts';

/** `authorization_details` of types that the client has registered (RFC 9396 §5, §10). */
export function checkAuthorizationDetails({ client, parameters }: Draft): Partial<Draft> {
  const text = parameters.get('authorization_details');
  if (text === undefined) return {};
  return { authorizationDetails: parseAuthorizationDetails(text, client) };
}
