/**
 * The checks of a backchannel authentication request, in their order.
 *
 * @see [OpenID Connect CIBA §7.1, §7.2](https://openid.net/specs/openid-client-initiated-backchannel-authentication-core-1_0.html#auth_request)
 * @module
 */

import type { Clock } from '../../../../shared/clock.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { AccountId } from '../../../../shared/ids.ts';
import { isShownLine } from '../../../../shared/shown-text.ts';
import { type Account, parseEmailAddress } from '../../accounts/account.ts';
import type { AccountStore } from '../../accounts/account-store.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import type { Parameters } from '../../platform/parameters.ts';
import { accountOfSubject } from '../../sessions/pairwise-subject.ts';
import { hintedSubject, type IdTokenHintNeeds } from '../authorize/check-authentication.ts';
import type { TermsNeeds } from '../authorize/check-terms.ts';
import { judgeRequestObject, requestObjectParameters } from '../authorize/request-object.ts';
import { verifyClientJwt } from '../client-auth/client-jwt.ts';
import { type Client, isPublicClient } from '../clients/client.ts';
import type { ClientDirectory } from '../clients/client-directory.ts';
import { type SubjectNeeds, subjectForClient } from '../clients/pairwise-sector.ts';
import { isOpenIdRequest } from '../clients/scopes.ts';
import { checkRequestedTerms, type RequestedTerms } from './requested-terms.ts';

export type CheckCibaRequestNeeds = TermsNeeds & SignedRequestNeeds & FindUserNeeds;

type SignedRequestNeeds = {
  readonly config: { readonly issuer: string };
  readonly clock: Clock;
  readonly clients: Pick<ClientDirectory, 'keysOf'>;
};

type FindUserNeeds = IdTokenHintNeeds & FindAccountNeeds;

type FindAccountNeeds = SubjectNeeds & { readonly accounts: () => AccountStore };

export type CheckedCibaRequest = {
  readonly terms: RequestedTerms;
  readonly user: Account;
  readonly bindingMessage: string | null;
  /** Seconds. */
  readonly lifetime: number;
  /** Authorizes the ping. `null`: the client polls only. */
  readonly notificationToken: string | null;
};

/**
 * Checks a request, and finds its user. The client comes first and the user last: a client that may not
 * ask, or whose request is refused, must not learn who has an account here. `acr_values` are ignored: they are a wish, and the ID token says how the
 * user signed in where they answered.
 *
 * @throws {OAuthError} As CIBA §13 says.
 * @throws {Problem} `SERVICE_UNAVAILABLE`
 */
export async function checkCibaRequest(
  client: Client,
  sent: Parameters,
  needs: CheckCibaRequestNeeds,
): Promise<CheckedCibaRequest> {
  assertMayUseCiba(client);
  const parameters = await cibaParameters(sent, client, needs);
  assertAuthentication(parameters);
  const terms = await checkRequestedTerms(client, parameters, needs);
  const lifetime = readLifetime(parameters);
  const notificationToken = readNotificationToken(client, parameters);
  const bindingMessage = readBindingMessage(client, parameters);
  const user = await findUser(client, parameters, needs);
  return { terms, user, bindingMessage, lifetime, notificationToken };
}

/**
 * Requires a confidential client (FAPI-CIBA §5.2.2) to which an administrator has given the grant. Its
 * requests appear on the page of any user whose address it knows, so nobody gives it to themselves: not
 * a client that registered itself, and not the author of a metadata document.
 *
 * @throws {OAuthError} `unauthorized_client`
 */
export function assertMayUseCiba(client: Client): void {
  const isRegistered = client.grantTypes.includes('urn:openid:params:grant-type:ciba');
  if (!isRegistered || client.backchannelTokenDeliveryMode === null || isPublicClient(client)) {
    throw new OAuthError('unauthorized_client', 'This client is not registered for the grant');
  }
  if (client.source !== 'administered' && !client.cibaAllowed) {
    throw new OAuthError('unauthorized_client', 'An administrator must allow the client the grant');
  }
}

function assertAuthentication(parameters: Parameters): void {
  parameters.require('scope');
  if (isOpenIdRequest(parameters)) return;
  throw new OAuthError('invalid_scope', 'The scope must hold openid');
}

const DEFAULT_LIFETIME = 300;
const LONGEST_LIFETIME = 600;
const POSITIVE = /^[1-9]\d{0,8}$/;

/** `requested_expiry`, which we may shorten (CIBA §7.1). */
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

/** One line without controls, invisible characters or changes of direction. */
const MESSAGE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]{1,100}$/u;

/** The user must be able to tell a FAPI client's request from every other (FAPI-CIBA §5.2.2). */
function readBindingMessage(client: Client, parameters: Parameters): string | null {
  const message = parameters.get('binding_message');
  if (message !== undefined) {
    if (MESSAGE.test(message) && isShownLine(message)) return message;
    throw new OAuthError('invalid_binding_message', 'Use 1 to 100 characters of plain text');
  }
  if (client.profile === 'none' || parameters.has('authorization_details')) return null;
  throw new OAuthError('invalid_request', 'The parameter binding_message is missing (FAPI-CIBA)');
}

/** The parameters of client authentication are the only ones that may stand beside a signed request. */
const BESIDE: ReadonlySet<string> = new Set([
  'request',
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
]);

/** CIBA §7.1.1: a signed request must have them all. */
const REQUIRED_CLAIMS = ['aud', 'iss', 'exp', 'iat', 'nbf', 'jti'];

/**
 * The parameters that count: of a client that signs its requests, those of the signed request (CIBA
 * §7.1.1; FAPI-CIBA §5.2.2).
 *
 * @throws {OAuthError} `invalid_request`, for faults of the JWT, too (CIBA §13).
 */
async function cibaParameters(
  sent: Parameters,
  client: Client,
  needs: SignedRequestNeeds,
): Promise<Parameters> {
  const alg = client.backchannelAuthenticationRequestSigningAlg;
  const isSigner = alg !== null || client.profile !== 'none';
  const token = sent.get('request');
  if (token === undefined) {
    if (!isSigner) return sent;
    throw refusal('The request must be signed');
  }
  if (!isSigner) throw refusal('The client has registered no algorithm for signed requests');
  if (!sent.names().every((name) => BESIDE.has(name))) {
    throw refusal('Beside a signed request there must be no other parameter');
  }
  return verifySignedRequest(token, client, alg, needs);
}

async function verifySignedRequest(
  token: string,
  client: Client,
  alg: string | null,
  { clients, config, clock }: SignedRequestNeeds,
): Promise<Parameters> {
  const jwt = await verifyClientJwt(token, client, alg, clients);
  if (!jwt.ok) throw refusal(`The signed request cannot be verified (${jwt.error.reason})`);
  const { claims } = jwt.value;
  const missing = REQUIRED_CLAIMS.find((name) => !Object.hasOwn(claims, name));
  if (missing !== undefined) throw refusal(`The signed request has no ${missing}`);
  const { clientId, profile } = client;
  const isShortLived = profile !== 'none';
  const policy = {
    clientId,
    issuer: config.issuer,
    now: clock(),
    isShortLived,
    mustNameParties: true,
  };
  const judged = judgeRequestObject(claims, policy);
  if (!judged.ok) throw refusal(`The signed request is refused: ${judged.error}`);
  const parameters = requestObjectParameters(claims);
  if (parameters.faults.length > 0) throw refusal('The signed request holds what no parameter has');
  return parameters;
}

const refusal = (description: string) => new OAuthError('invalid_request', description);

const HINTS = ['login_hint', 'id_token_hint', 'login_hint_token'];

/**
 * Finds whom a request is about (CIBA §7.1), which exactly one hint says. A `login_hint` is an e-mail
 * address, or the `sub` by which this client knows the user.
 *
 * @throws {OAuthError} `invalid_request`; `unknown_user_id`, whether there is no such user or their
 *   account is not active: the client does not learn which
 * @throws {Problem} `SERVICE_UNAVAILABLE`
 */
async function findUser(
  client: Client,
  parameters: Parameters,
  needs: FindUserNeeds,
): Promise<Account> {
  const hints = HINTS.filter((name) => parameters.has(name));
  if (hints.length !== 1) {
    throw new OAuthError(
      'invalid_request',
      'There must be one hint of who the user is, and one only',
    );
  }
  if (hints[0] === 'login_hint_token') {
    throw new OAuthError('invalid_request', 'The login_hint_token is not supported');
  }
  const loginHint = parameters.get('login_hint');
  const account =
    loginHint === undefined
      ? await byIdTokenHint(client, parameters.require('id_token_hint'), needs)
      : await byLoginHint(client, loginHint, needs);
  if (account?.status === 'active') return account;
  throw new OAuthError('unknown_user_id', 'There is no such user');
}

const byIdTokenHint = async (
  client: Client,
  hint: string,
  needs: FindUserNeeds,
): Promise<Account | undefined> =>
  bySubject(client, await hintedSubject(hint, client, needs), needs);

async function byLoginHint(
  client: Client,
  hint: string,
  needs: FindAccountNeeds,
): Promise<Account | undefined> {
  const email = parseEmailAddress(hint);
  if (email === undefined) return bySubject(client, hint, needs);
  const credentials = await orUnavailable('the accounts', async () =>
    needs.accounts().findCredentials(email.normalized),
  );
  return credentials?.account;
}

/** Another client's pairwise subject is nobody's here (OpenID Connect Core §8.1). */
async function bySubject(
  client: Client,
  subject: string,
  needs: FindAccountNeeds,
): Promise<Account | undefined> {
  const accountId: AccountId | undefined = await accountOfSubject(
    await needs.pairwiseKey(),
    subject,
  );
  if (accountId === undefined) return undefined;
  if ((await subjectForClient(client, accountId, needs)) !== subject) return undefined;
  return orUnavailable('the accounts', async () => needs.accounts().find(accountId));
}
