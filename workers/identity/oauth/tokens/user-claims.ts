/**
 * Claims about a user (OpenID Connect Core §5.1).
 *
 * @module
 */

import { toNumericDate } from '../../../../shared/clock.ts';
import type { Principal } from '../../../../shared/contracts/edge/principal.ts';
import {
  type ClaimRequest,
  GROUPS_SCOPE,
} from '../../../../shared/contracts/identity/oauth-terms.ts';
import { fnv1a } from '../../../../shared/fnv1a.ts';
import { carriesRoles, ROLES_SCOPE } from '../../../../shared/tokens/access-token-claims.ts';
import { type Account, parseEmailAddress } from '../../accounts/account.ts';

export type ClaimRequests = Readonly<Record<string, ClaimRequest>>;

/** A user whose roles are known without the account. */
type RoleHolder = Pick<Account, 'roles'>;

type ClaimReaders<User> = ReadonlyMap<string, (user: User) => unknown>;

/** Two names of the same: some relying parties look for the one, some for the other. */
const ROLE_CLAIMS: ClaimReaders<RoleHolder> = new Map(
  ['roles', 'groups'].map((name) => [name, ({ roles }: RoleHolder) => roles] as const),
);

const ACCOUNT_CLAIMS: ClaimReaders<Account> = new Map<string, (account: Account) => unknown>([
  ['name', shownNameOf],
  ['given_name', ({ firstName }) => firstName],
  ['family_name', ({ lastName }) => lastName],
  ['preferred_username', preferredUsername],
  ['picture', ({ avatarUrl }) => avatarUrl],
  ['updated_at', ({ updatedAt }) => toNumericDate(updatedAt)],
  ['email', ({ email }) => email],
  ['email_verified', ({ emailVerified }) => emailVerified],
]);

const CLAIMS: ClaimReaders<Account> = new Map([...ACCOUNT_CLAIMS, ...ROLE_CLAIMS]);

/** The claims that each scope requests (OpenID Connect Core §5.4), of those that we know. */
const SCOPES: ReadonlyMap<string, readonly string[]> = new Map([
  ['profile', ['name', 'given_name', 'family_name', 'preferred_username', 'picture', 'updated_at']],
  ['email', ['email', 'email_verified']],
  [ROLES_SCOPE, [...ROLE_CLAIMS.keys()]],
  [GROUPS_SCOPE, [...ROLE_CLAIMS.keys()]],
]);

/** For `claims_supported`. */
export const USER_CLAIMS: readonly string[] = [...CLAIMS.keys()];

/** Whether the account has to be read to answer. Most ID tokens need nothing of it. */
export const needsAccount = (requests: ClaimRequests, scopes: readonly string[] = []): boolean =>
  [...namesOf(scopes, requests)].some((name) => ACCOUNT_CLAIMS.has(name));

/**
 * The claims that scopes and the `claims` parameter request. A claim that we do not know, or that has
 * another value than requested, is left out: every claim here is voluntary (OpenID Connect Core §5.5.1).
 */
export const userClaims = (
  account: Account,
  scopes: readonly string[],
  requests: ClaimRequests,
): Readonly<Record<string, unknown>> =>
  select(CLAIMS, account, namesOf(scopes, requests), requests);

/** Those of the same claims that tell the user's roles. */
export const roleClaims = (
  user: RoleHolder,
  scopes: readonly string[],
  requests: ClaimRequests,
): Readonly<Record<string, unknown>> =>
  select(ROLE_CLAIMS, user, namesOf(scopes, requests), requests);

/** The scopes among these that request the user's roles. */
export const roleScopes = (scopes: readonly string[]): readonly string[] =>
  scopes.filter((scope) => scope === ROLES_SCOPE || scope === GROUPS_SCOPE);

/** The scopes by which a token's holder may see claims: our own client acts with the roles unasked. */
export const claimScopes = (
  principal: Pick<Principal, 'clientId' | 'scopes'>,
  ownClientId: string,
): readonly string[] =>
  carriesRoles(principal, ownClientId) ? [...principal.scopes, ROLES_SCOPE] : principal.scopes;

function namesOf(scopes: readonly string[], requests: ClaimRequests): ReadonlySet<string> {
  const byScope = scopes.flatMap((scope) => SCOPES.get(scope) ?? []);
  return new Set([...byScope, ...Object.keys(requests)]);
}

function select<User>(
  readers: ClaimReaders<User>,
  user: User,
  names: ReadonlySet<string>,
  requests: ClaimRequests,
): Readonly<Record<string, unknown>> {
  const claims = [...names].flatMap((name) => {
    const value = readers.get(name)?.(user);
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

/** `name`: what the user is called, as far as they have told. Nobody is called by an id. */
function shownNameOf({ displayName, firstName, lastName, username, email }: Account): string {
  const whole = [firstName, lastName].filter((part) => part !== null).join(' ');
  return displayName ?? (whole === '' ? (username ?? localPart(email)) : whole);
}

/**
 * `preferred_username`. Relying parties know users by it, although they must not (OpenID Connect Core
 * §5.7), so nobody gets another's: a username is unique, and where there is none, the e-mail's local part
 * is followed by a mark of the account, after a hyphen, which no username has. The whole address
 * would be unique, too, but is not for clients without the scope `email`.
 */
function preferredUsername({ id, username, email }: Account): string {
  return username ?? `${localPart(email)}-${fnv1a(id).toString(36)}`;
}

/** Of the one spelling of the address: the owner may have typed another character that counts as `@`. */
function localPart(email: string): string {
  const { normalized = '' } = parseEmailAddress(email) ?? {};
  return normalized.slice(0, normalized.lastIndexOf('@'));
}
