import { OAuthError } from '../../platform/oauth-error.ts';
import type { Parameters } from '../../platform/parameters.ts';
import type { Client } from '../clients/client.ts';
import { RESPONSE_MODES, type ResponseMode } from './authorization-request.ts';
import { clientDemands } from './client-demands.ts';
import type { Draft, ReceivedRequest } from './draft.ts';

const STATE_LIMIT = 8_192;

/** Characters. These values are stored while a user signs in, and come back in answers and tokens. */
const LIMITS: Readonly<Record<string, number>> = {
  state: STATE_LIMIT,
  scope: 4_096,
  claims: 8_192,
  authorization_details: 16_384,
  nonce: 1_024,
  login_hint: 512,
  acr_values: 1_024,
  ui_locales: 512,
  resource: 2_048,
};

/** Bounds what is stored and sent back. */
export function checkLengths({ parameters }: Pick<ReceivedRequest, 'parameters'>): undefined {
  for (const [name, limit] of Object.entries(LIMITS)) {
    if (parameters.all(name).some(({ length }) => length > limit)) {
      throw new OAuthError('invalid_request', `The parameter ${name} is too long`);
    }
  }
}

/**
 * The `state` that an answer carries (RFC 6749 §4.1.2.1): one that is too long, or cannot be read, is not
 * sent back, and its request is refused.
 */
export function returnedState(parameters: Parameters): string | null {
  const state = parameters.get('state') ?? null;
  return state !== null && state.length > STATE_LIMIT ? null : state;
}

/** A parameter that is repeated, overlong or no text (RFC 6749 §3.1). */
export function refuseFaults({ parameters }: Pick<ReceivedRequest, 'parameters'>): undefined {
  for (const { error } of parameters.faults) throw error;
}

/** A pushed request does not refer to another one (RFC 9126 §2.1). */
export function refuseRequestUri({ parameters }: ReceivedRequest): undefined {
  if (parameters.has('request_uri')) {
    throw new OAuthError('invalid_request', 'A pushed request must not carry a request_uri');
  }
}

/** `registration` is for self-issued providers (OpenID Connect Core §7.2.1, §3.1.2.6). */
export function refuseRegistration({ parameters }: ReceivedRequest): undefined {
  if (parameters.has('registration')) {
    throw new OAuthError('registration_not_supported', 'Register at the registration endpoint');
  }
}

/** The client must be registered for codes (RFC 7591 §2, `grant_types`). */
export function checkGrantType({ client }: ReceivedRequest): undefined {
  if (!client.grantTypes.includes('authorization_code')) {
    throw new OAuthError('unauthorized_client', 'This client may not use the authorization code');
  }
}

/** Only `code` is supported, so that no token goes through a browser (RFC 9700 §2.1.2). */
export function checkResponseType({ parameters }: ReceivedRequest): undefined {
  if (parameters.require('response_type') !== 'code') {
    throw new OAuthError('unsupported_response_type', 'Only response_type=code is supported');
  }
}

/** @returns `undefined`: the mode is not supported, or this client's answers may not have it. */
export function requestedResponseMode(
  client: Client,
  parameters: Parameters,
): ResponseMode | undefined {
  const isSigned = clientDemands(client).signedResponse;
  const requested = parameters.get('response_mode') ?? (isSigned ? 'jwt' : 'query');
  const mode = RESPONSE_MODES.find((supported) => supported === requested);
  return mode !== undefined && isSigned && !mode.endsWith('jwt') ? undefined : mode;
}

/**
 * `response_mode` must be one in which a code may be returned (OAuth 2.0 Multiple Response Type
 * Encoding Practices §2.1, Form Post Response Mode, JARM §2.3).
 */
export function checkResponseMode({
  client,
  parameters,
}: ReceivedRequest): Pick<Draft, 'responseMode'> {
  const responseMode = requestedResponseMode(client, parameters);
  if (responseMode === undefined) {
    throw new OAuthError('invalid_request', 'The response_mode is not supported for this client');
  }
  return { responseMode };
}

/** A SHA-256 thumbprint (RFC 7638) in base64url. */
const THUMBPRINT = /^[A-Za-z0-9_-]{43}$/;

/** `dpop_jkt` names the key whose proof must redeem the code (RFC 9449 §10). */
export function checkDpopJkt({ parameters }: ReceivedRequest): Pick<Draft, 'dpopJkt'> {
  const dpopJkt = parameters.get('dpop_jkt') ?? null;
  if (dpopJkt !== null && !THUMBPRINT.test(dpopJkt)) {
    throw new OAuthError('invalid_request', 'The dpop_jkt is no JWK thumbprint');
  }
  return { dpopJkt };
}
