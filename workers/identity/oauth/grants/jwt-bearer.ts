/**
 * `grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer` (RFC 7523 §2.1): a token for an assertion,
 * which the client signed about itself, or an issuer whom an administrator trusts signed about a user.
 *
 * @module
 */

import { toNumericDate } from '../../../../shared/clock.ts';
import type { Account } from '../../accounts/account.ts';
import type { OAuthError } from '../../platform/oauth-error.ts';
import type { TokenSession } from '../../sessions/access-token.ts';
import { accountStateOf, SIGN_IN_METHODS } from '../../sessions/open-user-session.ts';
import {
  issuerOf,
  type VerifyAssertionNeeds,
  type VouchedAccountNeeds,
  type Vouching,
  verifyAssertion,
  vouchedAccount,
  vouchedScopes,
} from '../assertion-issuers/verify-assertion.ts';
import { assertionFault, type ClientAssertionNeeds, useUp } from '../client-auth/assertion.ts';
import { type SubjectNeeds, subjectForClient } from '../clients/pairwise-sector.ts';
import { TOKEN_ENDPOINT } from '../endpoints.ts';
import {
  assertConfidential,
  invalidGrant,
  type RefuseNeeds,
  type TokenRequest,
  type TokenResponse,
} from '../issue/grant.ts';
import { type AccessTokenOnlyNeeds, issueAccessTokenOnly } from '../issue/issue-for-client.ts';
import { type SharedSessionNeeds, sharedSession } from '../issue/shared-session.ts';
import { type CheckResourcesNeeds, checkResources } from '../resources/check-resources.ts';
import { type ClientTokenNeeds, issueClientToken } from './client-credentials.ts';

export type JwtBearerNeeds = ForClientNeeds & ForUserNeeds;

export async function jwtBearer(
  request: TokenRequest,
  needs: JwtBearerNeeds,
): Promise<TokenResponse> {
  const { client, parameters } = request;
  assertConfidential(client);
  const assertion = parameters.require('assertion');
  return issuerOf(assertion) === client.clientId
    ? forClient(assertion, request, needs)
    : forUser(assertion, request, needs);
}

type ForClientNeeds = ClientTokenNeeds & ClientAssertionNeeds & RefuseNeeds;

/** A client's assertion about itself gets what its credentials would (RFC 6749 §4.4). */
async function forClient(
  assertion: string,
  request: TokenRequest,
  needs: ForClientNeeds,
): Promise<TokenResponse> {
  const { client } = request;
  const fault = await assertionFault({ client, assertion, endpoint: TOKEN_ENDPOINT }, needs);
  if (fault !== undefined) throw refusal(fault.reason, request, needs, fault.description);
  return issueClientToken(request, needs);
}

type ForUserNeeds = VerifyAssertionNeeds &
  CheckResourcesNeeds &
  VouchedAccountNeeds &
  SubjectNeeds &
  SharedSessionNeeds &
  AccessTokenOnlyNeeds &
  RefuseNeeds;

/** The user has not been asked for consent, so the issuer's scopes limit the token. */
async function forUser(
  assertion: string,
  request: TokenRequest,
  needs: ForUserNeeds,
): Promise<TokenResponse> {
  const { client, parameters } = request;
  const verified = await verifyAssertion(assertion, client, needs);
  if (!verified.ok) throw refusal(verified.error, request, needs);
  const vouching = verified.value;
  const resources = await checkResources(client, parameters.all('resource'), needs);
  const servers = await Promise.all(resources.map((one) => needs.cachedResources.find(one)));
  const ofResources = servers.flatMap((resource) => resource?.scopes ?? []);
  const scopes = vouchedScopes(vouching.issuer, client, parameters.get('scope'), ofResources);
  const account = await useUpFor(vouching, request, needs);
  const subject = await subjectForClient(client, account.id, needs);
  const granted = { account, subject, scopes, resources, authTime: signedInAt(vouching, needs) };
  const session = await sessionOf(granted, request, needs);
  const unused = { actor: null, authorizationDetails: [] };
  const isFirstParty = client.skipConsent;
  const terms = { subject, scopes, resources, session, isFirstParty, owner: account.id, ...unused };
  return issueAccessTokenOnly(terms, request, needs);
}

type UseUpForNeeds = VouchedAccountNeeds & RefuseNeeds & Pick<ForUserNeeds, 'clock' | 'ttlStore'>;

/** Uses the assertion up, and finds the account that it names. */
async function useUpFor(
  { issuer, subject, claims }: Vouching,
  request: TokenRequest,
  needs: UseUpForNeeds,
): Promise<Account> {
  const now = toNumericDate(needs.clock());
  const fault = await useUp(claims, ['issuer', issuer.issuer], now, needs.ttlStore());
  if (fault !== undefined) throw refusal(fault, request, needs);
  const account = await vouchedAccount(issuer.subjectKind, subject, needs);
  if (account === undefined) throw refusal('subject_unknown', request, needs);
  return account;
}

type Granted = {
  readonly account: Account;
  readonly subject: string;
  readonly scopes: readonly string[];
  readonly resources: readonly string[];
  readonly authTime: number;
};

/** The grant has a session, so that the user sees it and can end it. The session has no browser. */
async function sessionOf(
  { account, subject, scopes, resources, authTime }: Granted,
  request: TokenRequest,
  needs: SharedSessionNeeds,
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
  return {
    ...grant,
    sessionId: await sharedSession({ grant, account: accountStateOf(account) }, request, needs),
  };
}

/** When the user signed in with the issuer, if the assertion says so, and never later than now. */
function signedInAt(
  { claims }: Pick<Vouching, 'claims'>,
  { clock }: Pick<ForUserNeeds, 'clock'>,
): number {
  const said = claims['auth_time'] ?? claims['iat'];
  return typeof said === 'number' ? Math.max(0, Math.min(said * 1_000, clock())) : clock();
}

/**
 * The answer does not tell a bad assertion from one about a user who does not exist.
 *
 * @param fault - What is wrong with an assertion that the client itself has signed.
 */
function refusal(
  reason: string,
  request: TokenRequest,
  needs: RefuseNeeds,
  fault?: string,
): OAuthError {
  const unusable = 'The assertion cannot be used';
  const description = fault === undefined ? unusable : `${unusable}: ${fault}`;
  return invalidGrant({ event: `assertion.${reason}`, reason, description }, request, needs);
}
