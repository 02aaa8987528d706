/**
 * What introspection tells of the user behind a token, and to whom.
 *
 * @module
 */

import { GROUPS_SCOPE } from '../../../../shared/contracts/identity/oauth-terms.ts';
import { ROLES_SCOPE } from '../../../../shared/tokens/access-token-claims.ts';
import type { CachedAccounts } from '../../accounts/cached-accounts.ts';
import { accountOfSubject } from '../../sessions/pairwise-subject.ts';
import type { Client } from '../clients/client.ts';
import { isIssuedToOrFor } from '../resources/check-resources.ts';
import { claimScopes, userClaims } from './user-claims.ts';

export type IntrospectedUserNeeds = {
  readonly config: { readonly audience: string; readonly clientId: string };
  readonly cachedAccounts: Pick<CachedAccounts, 'find'>;
  readonly pairwiseKey: () => Promise<CryptoKey>;
};

/** A token as introspection sees it. */
type Introspected = {
  readonly subject: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly audiences: readonly string[];
};

export type Introspector = Pick<Client, 'clientId' | 'source' | 'resources'>;

/**
 * The user behind a token, as far as its scopes allow: `username` (RFC 7662 §2.2) with `profile`, the e-mail
 * with `email`, the roles with `roles` or `groups`. Nothing, if the client may not see it, if the token is
 * a client's own, or if there is no account any more.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` if the account cannot be read.
 */
export async function introspectedUser(
  token: Introspected,
  client: Introspector,
  { config, cachedAccounts, pairwiseKey }: IntrospectedUserNeeds,
): Promise<Readonly<Record<string, unknown>>> {
  const scopes = claimScopes(token, config.clientId);
  const isScoped = scopes.some((scope) => SCOPES.has(scope));
  if (!isScoped || !maySeeUser(client, token, config)) return {};
  const accountId = await accountOfSubject(await pairwiseKey(), token.subject);
  const account = accountId && (await cachedAccounts.find(accountId));
  if (account === undefined) return {};
  const claims = userClaims(account, scopes, {});
  return Object.fromEntries(
    MEMBERS.flatMap(([member, claim]) =>
      claims[claim] === undefined ? [] : [[member, claims[claim]] as const],
    ),
  );
}

/** Each member, and the claim that it repeats. */
const MEMBERS = [
  ['username', 'preferred_username'],
  ['email', 'email'],
  ['email_verified', 'email_verified'],
  ['roles', 'roles'],
  ['groups', 'groups'],
] as const;

/** The scopes of these members. Tokens with none of them are described without the account. */
const SCOPES: ReadonlySet<string> = new Set(['profile', 'email', ROLES_SCOPE, GROUPS_SCOPE]);

/**
 * Whoever holds a token may introspect it, but not learn who its user is (RFC 7662 §5): that is for the
 * client that got the token, for the resource servers that it names, and, where it is for the deployment
 * itself, for clients that an administrator registered and confined to no resources.
 */
function maySeeUser(
  client: Introspector,
  token: Introspected,
  { audience }: { readonly audience: string },
): boolean {
  if (isIssuedToOrFor(client, token)) return true;
  const isTrusted = client.source === 'administered' && client.resources === null;
  return isTrusted && token.audiences.includes(audience);
}
