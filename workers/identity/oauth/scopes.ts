import type { Client } from './clients/client.ts';
import { OAuthError } from './oauth-error.ts';
import type { Parameters } from './parameters.ts';

/** Open to every client (OpenID Connect Core §5.4, §11). */
export const OPEN_SCOPES: readonly string[] = ['openid', 'profile', 'email', 'offline_access'];

/** RFC 6749 §3.3: words of these characters, one space between them. */
const SYNTAX = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/;

export const isOpenIdRequest = (parameters: Parameters): boolean =>
  (parameters.get('scope') ?? '').split(' ').includes('openid');

/**
 * The scopes that a client's request is for. One without a `scope` gets the client's own, but
 * `offline_access`, which must be asked for; a client that cannot refresh never gets that
 * (OpenID Connect Core §11).
 *
 * @param ofResources - The scopes of the resource servers that the tokens will be for: open to a client
 *   that is not held to scopes of its own.
 * @throws {OAuthError} `invalid_scope` for what is no list of scopes, or not this client's to have.
 */
export function allowedScopes(
  client: Client,
  asked: string | undefined,
  ofResources: readonly string[] = [],
): readonly string[] {
  const own = client.scopes ?? OPEN_SCOPES;
  if (asked === undefined) return own.filter((scope) => scope !== 'offline_access');
  if (!SYNTAX.test(asked)) throw new OAuthError('invalid_scope', 'The scope is malformed');
  const scopes = [...new Set(asked.split(' '))];
  const open = client.scopes ?? [...OPEN_SCOPES, ...ofResources];
  if (!scopes.every((scope) => open.includes(scope))) {
    throw new OAuthError('invalid_scope', 'The scope holds what this client may not ask for');
  }
  const canRefresh = client.grantTypes.includes('refresh_token');
  return scopes.filter((scope) => canRefresh || scope !== 'offline_access');
}
