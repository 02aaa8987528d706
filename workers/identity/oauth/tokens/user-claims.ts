/**
 * Claims about a user (OpenID Connect Core §5.1).
 *
 * @module
 */

import { toNumericDate } from '../../../../shared/clock.ts';
import type { ClaimRequest } from '../../../../shared/contracts/identity/oauth-terms.ts';
import type { Account } from '../../accounts/account.ts';

export type ClaimRequests = Readonly<Record<string, ClaimRequest>>;

type ReadClaim = (account: Account) => unknown;

const CLAIMS: ReadonlyMap<string, ReadClaim> = new Map<string, ReadClaim>([
  ['name', ({ displayName }) => displayName],
  ['preferred_username', ({ username }) => username],
  ['updated_at', ({ updatedAt }) => toNumericDate(updatedAt)],
  ['email', ({ email }) => email],
  ['email_verified', ({ emailVerified }) => emailVerified],
]);

/** The claims that each scope requests (OpenID Connect Core §5.4), of those that we know. */
const SCOPES: ReadonlyMap<string, readonly string[]> = new Map([
  ['profile', ['name', 'preferred_username', 'updated_at']],
  ['email', ['email', 'email_verified']],
]);

/** For `claims_supported`. */
export const USER_CLAIMS: readonly string[] = [...CLAIMS.keys()];

/** Whether the account has to be read to answer. Most ID tokens need nothing of it. */
export const needsAccount = (requests: ClaimRequests): boolean =>
  Object.keys(requests).some((name) => CLAIMS.has(name));

/**
 * The claims that scopes and the `claims` parameter request. The claims of a scope are for userinfo, so pass
 * no scopes for an ID token (OpenID Connect Core §5.4). A claim that we do not know, or that has another
 * value than requested, is left out: every claim here is voluntary (§5.5.1).
 */
export function userClaims(
  account: Account,
  scopes: readonly string[],
  requests: ClaimRequests,
): Readonly<Record<string, unknown>> {
  const byScope = scopes.flatMap((scope) => SCOPES.get(scope) ?? []);
  const names = new Set([...byScope, ...Object.keys(requests)]);
  const claims = [...names].flatMap((name) => {
    const value = CLAIMS.get(name)?.(account);
    return value !== undefined && value !== null && isAcceptable(requests[name], value)
      ? [[name, value] as const]
      : [];
  });
  return Object.fromEntries(claims);
}

function isAcceptable(request: ClaimRequest | undefined, value: unknown): boolean {
  if (request === null || request === undefined) return true;
  if (request.value !== undefined) return request.value === value;
  return request.values?.includes(value) ?? true;
}
