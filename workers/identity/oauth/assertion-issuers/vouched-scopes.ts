import type { Client } from '../clients/client.ts';
import { OAuthError } from '../oauth-error.ts';
import { allowedScopes } from '../scopes.ts';
import type { AssertionIssuer } from './assertion-issuer.ts';

/**
 * The scopes of a token in the name of a user who was vouched for: what both the client and the
 * issuer may have tokens carry.
 *
 * @param asked - The parameter `scope`. Absent: all of it.
 * @param ofResources - The scopes of the resource servers that the token will be for.
 * @throws {OAuthError} `invalid_scope`
 */
export function vouchedScopes(
  { scopes }: Pick<AssertionIssuer, 'scopes'>,
  client: Client,
  asked: string | undefined,
  ofResources: readonly string[],
): readonly string[] {
  const clients = allowedScopes(client, asked, ofResources);
  const both = clients.filter((scope) => scopes.includes(scope));
  if (asked === undefined || both.length === clients.length) return both;
  throw new OAuthError('invalid_scope', 'The scope is more than the issuer may vouch for');
}
