import type { Principal } from '../../../../shared/contracts/edge/principal.ts';
import type { SessionRecord } from '../../../../shared/contracts/identity/user-sessions.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { SessionId } from '../../../../shared/ids.ts';
import type { Services } from '../../context.ts';
import { type ClaimRequests, userClaims } from '../claims/user-claims.ts';
import { accountOfSubject } from '../pairwise-subject.ts';
import { insufficientScope, invalidToken } from './token-refusal.ts';

export type UserinfoClaims = { readonly sub: string } & Readonly<Record<string, unknown>>;

/**
 * The claims that an access token gives access to (OpenID Connect Core §5.3.2). `sub` is the token's,
 * by which the client knows the user already.
 *
 * @throws {OAuthError} `insufficient_scope` without `openid`; `invalid_token` if there is no user
 *   behind the token, or none any more.
 * @throws {Problem} `SERVICE_UNAVAILABLE` if session or account cannot be read.
 */
export async function userinfoClaims(
  principal: Principal,
  services: Pick<Services, 'users' | 'accounts' | 'pairwiseKey'>,
): Promise<UserinfoClaims> {
  if (!principal.scopes.includes('openid')) throw insufficientScope('openid');
  const accountId = await accountOfSubject(await services.pairwiseKey(), principal.subject);
  const sessionId = SessionId.parse(principal.sessionId ?? '');
  if (accountId === undefined || sessionId === undefined) throw invalidToken();
  const [session, account] = await Promise.all([
    orUnavailable('the user', async () => services.users(accountId).readSession(sessionId)),
    orUnavailable('the database', async () => services.accounts().find(accountId)),
  ]);
  if (session?.status !== 'live' || account?.status !== 'active') throw invalidToken();
  return {
    ...userClaims(account, principal.scopes, requestedBy(principal, session)),
    sub: principal.subject,
  };
}

/** A token that was exchanged belongs to another client than the one that asked for the claims. */
const requestedBy = ({ clientId }: Principal, { grant }: SessionRecord): ClaimRequests =>
  (grant.clientId === clientId ? grant.oauth?.claims?.userinfo : undefined) ?? {};
