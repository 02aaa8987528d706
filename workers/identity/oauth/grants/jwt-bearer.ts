/**
 * `grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer` (RFC 7523 §2.1): a token for a signed word,
 * the client's own about itself, or that of somebody whom an administrator trusts about a user.
 *
 * @module
 */

import { toNumericDate } from '../../../../shared/clock.ts';
import type { LogEvent } from '../../../../shared/telemetry/log.ts';
import type { Account } from '../../accounts/account.ts';
import type { Services } from '../../context.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import type { TokenSession } from '../../sessions/access-token.ts';
import { SIGN_IN_METHODS } from '../../sessions/open-session.ts';
import {
  issuerOf,
  type Vouching,
  verifyAssertion,
  vouchedAccount,
  vouchedScopes,
} from '../assertion-issuers/verify-assertion.ts';
import { assertionFault, useUp } from '../client-auth/assertion.ts';
import { isPublicClient } from '../clients/client.ts';
import { subjectForClient } from '../clients/pairwise-sector.ts';
import { TOKEN_ENDPOINT } from '../endpoints.ts';
import { issueAccessTokenOnly } from '../issue/access-token-only.ts';
import { issueClientToken } from '../issue/client-token.ts';
import { type Grant, invalidGrant, type TokenRequest, type TokenResponse } from '../issue/grant.ts';
import { sharedSession } from '../issue/shared-session.ts';
import { checkResources } from '../resources/check-resources.ts';

export const jwtBearer: Grant = async (request, services) => {
  const { client, parameters } = request;
  if (isPublicClient(client)) {
    throw new OAuthError('unauthorized_client', 'This client cannot prove who it is');
  }
  const assertion = parameters.require('assertion');
  return issuerOf(assertion) === client.clientId
    ? forClient(assertion, request, services)
    : forUser(assertion, request, services);
};

/** The client's word about itself: as if it had asked by its credentials (RFC 6749 §4.4). */
async function forClient(
  assertion: string,
  request: TokenRequest,
  services: Services,
): Promise<TokenResponse> {
  const { client } = request;
  const fault = await assertionFault({ client, assertion, endpoint: TOKEN_ENDPOINT }, services);
  if (fault !== undefined) throw refusal(fault, request, services);
  return issueClientToken(request, services);
}

/** An issuer's word about a user, who has not been asked: the issuer's scopes are the limit. */
async function forUser(
  assertion: string,
  request: TokenRequest,
  services: Services,
): Promise<TokenResponse> {
  const { client, parameters } = request;
  const verified = await verifyAssertion(assertion, client, services);
  if (!verified.ok) throw refusal(verified.error, request, services);
  const vouching = verified.value;
  const resources = await checkResources(client, parameters.all('resource'), services);
  const known = await Promise.all(resources.map((one) => services.knownResources.find(one)));
  const ofResources = known.flatMap((resource) => resource?.scopes ?? []);
  const scopes = vouchedScopes(vouching.issuer, client, parameters.get('scope'), ofResources);
  const account = await useUpFor(vouching, request, services);
  const subject = await subjectForClient(client, account.id, services);
  const granted = { account, subject, scopes, resources, authTime: signedInAt(vouching, services) };
  const session = await sessionOf(granted, request, services);
  const terms = { subject, scopes, resources, session, actor: null, authorizationDetails: [] };
  return issueAccessTokenOnly(terms, request, services);
}

/** Uses the assertion up, and finds whom it names. */
async function useUpFor(
  { issuer, subject, claims }: Vouching,
  request: TokenRequest,
  services: Services,
): Promise<Account> {
  const now = toNumericDate(services.clock());
  const fault = await useUp(claims, ['issuer', issuer.issuer], now, services.ttlStore());
  if (fault !== undefined) throw refusal(fault, request, services);
  const account = await vouchedAccount(issuer.subjectKind, subject, services);
  if (account === undefined) throw refusal('subject_unknown', request, services);
  return account;
}

type Granted = {
  readonly account: Account;
  readonly subject: string;
  readonly scopes: readonly string[];
  readonly resources: readonly string[];
  readonly authTime: number;
};

/** A grant of the client's, which the user sees and can end. No browser was there. */
async function sessionOf(
  { account, subject, scopes, resources, authTime }: Granted,
  request: TokenRequest,
  services: Services,
): Promise<TokenSession> {
  const unused = { claims: null, authorizationDetails: [], confirmation: null, nonce: null };
  const grant = {
    accountId: account.id,
    clientId: request.client.clientId,
    scopes,
    roles: account.roles,
    ...SIGN_IN_METHODS.federated,
    authTime,
    oauth: { subject, browserSessionId: null, resources, ...unused },
  };
  return { ...grant, sessionId: await sharedSession({ grant }, request, services) };
}

/** When the user was with the issuer, as far as it says so. */
function signedInAt({ claims }: Vouching, { clock }: Pick<Services, 'clock'>): number {
  const said = claims['auth_time'] ?? claims['iat'];
  return typeof said === 'number' ? Math.max(0, Math.min(said * 1_000, clock())) : clock();
}

/** Signs that somebody tries to pass for an issuer, or a client. */
const ATTACKS: ReadonlySet<string> = new Set(['signature_invalid', 'replayed']);

/** Whether the assertion is bad or nobody is known by that name: the answer is the same. */
function refusal(reason: string, request: TokenRequest, services: Services): OAuthError {
  const { client, correlationId } = request;
  const level: LogEvent['level'] = ATTACKS.has(reason) ? 'security' : 'info';
  return invalidGrant(
    services,
    { event: `assertion.${reason}`, level, correlationId, clientId: client.clientId },
    'The assertion cannot be used',
  );
}
