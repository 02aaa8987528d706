/**
 * Claims about a user (OpenID Connect Core §5.1): which were asked for, and what they are.
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

/** What each scope asks for (OpenID Connect Core §5.4), of what is known here. */
const SCOPES: ReadonlyMap<string, readonly string[]> = new Map([
  ['profile', ['name', 'preferred_username', 'updated_at']],
  ['email', ['email', 'email_verified']],
]);

/** For `claims_supported`. */
export const USER_CLAIMS: readonly string[] = [...CLAIMS.keys()];

/** Whether the account has to be read to answer: most ID tokens need nothing of it. */
export const needsAccount = (requests: ClaimRequests): boolean =>
  Object.keys(requests).some((name) => CLAIMS.has(name));

/**
 * The claims that scopes and single requests ask for. A scope's claims are for userinfo: give the ID
 * token no scopes (OpenID Connect Core §5.4). One that is not known, or has another value than was
 * asked for, is left out: every claim here is voluntary (§5.5.1).
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
