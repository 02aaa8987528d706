/**
 * The checks of a backchannel authentication request, in their order.
 *
 * @see [OpenID Connect CIBA §7.1, §7.2](https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#auth_request)
 * @module
 */

import type { Account } from '../../accounts/account.ts';
import type { Services } from '../../context.ts';
import { type Client, isPublicClient } from '../clients/client.ts';
import { OAuthError } from '../oauth-error.ts';
import type { Parameters } from '../parameters.ts';
import { checkTerms } from '../polled/check-terms.ts';
import type { AskedTerms } from '../polled/polled-request.ts';
import { findUser } from './find-user.ts';
import { cibaParameters } from './signed-request.ts';

export type CheckedRequest = {
  readonly terms: AskedTerms;
  readonly user: Account;
  readonly bindingMessage: string | null;
  /** Seconds. */
  readonly lifetime: number;
  /** With which a ping is authorized. `null`: the client polls only. */
  readonly notificationToken: string | null;
};

/**
 * Nobody is looked for before all else is well: who may not ask learns of no user. `acr_values` are a
 * wish: the ID token says how the user signed in where they answered.
 *
 * @throws {OAuthError} As CIBA §13 says
 */
export async function checkBackchannelRequest(
  client: Client,
  sent: Parameters,
  services: Services,
): Promise<CheckedRequest> {
  assertMayAsk(client);
  const parameters = await cibaParameters(sent, client, services);
  assertAuthentication(parameters);
  const terms = await checkTerms(client, parameters, services);
  const lifetime = readLifetime(parameters);
  const notificationToken = readNotificationToken(client, parameters);
  const bindingMessage = readBindingMessage(client, parameters);
  const user = await findUser(client, parameters, services);
  return { terms, user, bindingMessage, lifetime, notificationToken };
}

/** FAPI-CIBA §5.2.2: confidential clients only. */
function assertMayAsk(client: Client): void {
  const isRegistered = client.grantTypes.includes('urn:openid:params:grant-type:ciba');
  if (isRegistered && client.backchannelTokenDeliveryMode !== null && !isPublicClient(client)) {
    return;
  }
  throw new OAuthError('unauthorized_client', 'This client is not registered for the grant');
}

function assertAuthentication(parameters: Parameters): void {
  if (parameters.require('scope').split(' ').includes('openid')) return;
  throw new OAuthError('invalid_scope', 'The scope must hold openid');
}

const DEFAULT_LIFETIME = 300;
const LONGEST_LIFETIME = 600;
const POSITIVE = /^[1-9]\d{0,8}$/;

/** `requested_expiry`: ours to shorten. */
function readLifetime(parameters: Parameters): number {
  const text = parameters.get('requested_expiry');
  if (text === undefined) return DEFAULT_LIFETIME;
  if (POSITIVE.test(text)) return Math.min(Number(text), LONGEST_LIFETIME);
  throw new OAuthError('invalid_request', 'The requested_expiry must be a number of seconds');
}

/** RFC 6750 §2.1, at most 1,024 characters (CIBA §7.1). */
const BEARER = /^[A-Za-z0-9\-._~+/]+=*$/;
const LONGEST_TOKEN = 1_024;

function readNotificationToken(client: Client, parameters: Parameters): string | null {
  if (client.backchannelTokenDeliveryMode !== 'ping') return null;
  const token = parameters.require('client_notification_token');
  if (token.length <= LONGEST_TOKEN && BEARER.test(token)) return token;
  throw new OAuthError('invalid_request', 'The client_notification_token is malformed');
}

/** One line that shows as it is: no controls, nothing invisible, no change of direction. */
const MESSAGE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]{1,100}$/u;

/** What a FAPI client asks for must be told from every other request (FAPI-CIBA §5.2.2). */
function readBindingMessage(client: Client, parameters: Parameters): string | null {
  const message = parameters.get('binding_message');
  if (message !== undefined) {
    if (MESSAGE.test(message)) return message;
    throw new OAuthError('invalid_binding_message', 'Use 1 to 100 characters of plain text');
  }
  if (client.profile === 'none' || parameters.has('authorization_details')) return null;
  throw new OAuthError('invalid_request', 'The parameter binding_message is missing (FAPI-CIBA)');
}
