import type { Client } from '../../clients/client.ts';
import { OAuthError } from '../../oauth-error.ts';
import type { Parameters } from '../../parameters.ts';
import { RESPONSE_MODES, type ResponseMode } from '../authorization-request.ts';
import { clientDemands } from '../client-demands.ts';
import type { Draft } from '../draft.ts';

/** @returns `undefined`: a mode that is not known, or that this client's answers may not have. */
export function askedResponseMode(
  client: Client,
  parameters: Parameters,
): ResponseMode | undefined {
  const isSigned = clientDemands(client).signedResponse;
  const asked = parameters.get('response_mode') ?? (isSigned ? 'jwt' : 'query');
  const mode = RESPONSE_MODES.find((known) => known === asked);
  return mode !== undefined && isSigned && !mode.endsWith('jwt') ? undefined : mode;
}

/**
 * `response_mode`: one of those that a code may be returned in (OAuth 2.0 Multiple Response Type
 * Encoding Practices §2.1, Form Post Response Mode, JARM §2.3).
 */
export function checkResponseMode({ client, parameters }: Draft): Partial<Draft> {
  const responseMode = askedResponseMode(client, parameters);
  if (responseMode === undefined) {
    throw new OAuthError('invalid_request', 'The response_mode is not supported for this client');
  }
  return { responseMode };
}
