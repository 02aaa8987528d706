import {
  ACCOUNT_SCOPE,
  CONNECT_SCOPE,
  GROUPS_SCOPE,
  PUBLISH_SCOPE,
  REGISTER_SCOPE,
} from '../../../../shared/contracts/identity/oauth-terms.ts';
import { ROLES_SCOPE } from '../../../../shared/tokens/access-token-claims.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import { type Parameters, spaceSeparated } from '../../platform/parameters.ts';
import type { Client } from './client.ts';

/** Open to every client (OpenID Connect Core §5.4, §11). */
export const OPEN_SCOPES: readonly string[] = [
  'openid',
  'profile',
  'email',
  'offline_access',
  GROUPS_SCOPE,
  CONNECT_SCOPE,
];

/** A client that does not say what it asks for is given neither the hub nor the user's roles by it. */
const DEFAULT_SCOPES = OPEN_SCOPES.filter(
  (scope) => scope !== CONNECT_SCOPE && scope !== GROUPS_SCOPE,
);

/** What otherwise only our own client may do. Only an administrator can allow it to another client. */
export const RESERVED_SCOPES: readonly string[] = [
  ACCOUNT_SCOPE,
  ROLES_SCOPE,
  PUBLISH_SCOPE,
  REGISTER_SCOPE,
];

/** What scopes consist of, and what separates them (RFC 6749 §3.3). There is one at least. */
const SYNTAX = /^ *[\x21\x23-\x5b\x5d-\x7e][\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/**
 * Reads a list of scopes.
 *
 * @throws {OAuthError} `invalid_scope` for characters that no scope has, and for spaces alone.
 */
export function readScopes(text: string): readonly string[] {
  if (SYNTAX.test(text)) return spaceSeparated(text);
  throw new OAuthError('invalid_scope', 'The scope is malformed');
}

export const isOpenIdRequest = (parameters: Parameters): boolean =>
  spaceSeparated(parameters.get('scope')).includes('openid');

/** The scopes that a client may ask users for, but for those of resource servers. */
export const ownScopes = ({ scopes }: Pick<Client, 'scopes'>): readonly string[] =>
  scopes ?? OPEN_SCOPES;

/**
 * The scopes that a client's request is for. A request without `scope` gets the client's own, except
 * `offline_access`, which must be requested, and `connect` and `groups`, which a client without scopes of
 * its own must request, too. A client that cannot refresh never gets the first (OpenID Connect Core §11). Unknown scopes
 * are left out (OpenID Connect Core §3.1.2.1), and so are those that are not this client's to have, where
 * it asks for an authentication.
 *
 * @param requested - The parameter `scope`.
 *
 * @param ofResources - The scopes of the resource servers that the tokens will be for. They are
 *   open to a client without scopes of its own, except those that are reserved: a resource server may
 *   have a scope of the same name, and with a token for both the client would act with it here.
 * @throws {OAuthError} `invalid_scope` for what is no list of scopes, leaves none, or, without `openid`,
 *   holds one that is known but not this client's to have.
 */
export function allowedScopes(
  client: Client,
  requested: string | undefined,
  ofResources: readonly string[] = [],
): readonly string[] {
  if (requested === undefined) {
    const own = client.scopes ?? DEFAULT_SCOPES;
    return own.filter((scope) => scope !== 'offline_access');
  }
  const ofOthers = ofResources.filter((scope) => !RESERVED_SCOPES.includes(scope));
  const open = client.scopes ?? [...OPEN_SCOPES, ...ofOthers];
  const recognised = new Set([...OPEN_SCOPES, ...RESERVED_SCOPES, ...ofResources, ...open]);
  const scopes = readScopes(requested).filter((scope) => recognised.has(scope));
  const allowed = scopes.filter((scope) => open.includes(scope));
  const isNarrowed = allowed.length < scopes.length;
  if (allowed.length === 0 || (isNarrowed && !allowed.includes('openid'))) {
    throw new OAuthError('invalid_scope', 'The scope holds what this client may not ask for');
  }
  const canRefresh = client.grantTypes.includes('refresh_token');
  return allowed.filter((scope) => canRefresh || scope !== 'offline_access');
}
