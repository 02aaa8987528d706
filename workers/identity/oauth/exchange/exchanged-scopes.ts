import type { Client } from '../clients/client.ts';
import { RESERVED_SCOPES } from '../scopes.ts';
import { narrowScopes } from '../token/narrowing.ts';

/**
 * The scopes of an exchanged token: never more than the subject token has, nor than the client may
 * have at all.
 *
 * @param asked - The parameter `scope`. Absent: as much as may be.
 * @throws {OAuthError} `invalid_scope`
 */
export function exchangedScopes(
  held: readonly string[],
  { scopes }: Pick<Client, 'scopes'>,
  asked: string | undefined,
): readonly string[] {
  const mayHave = (scope: string): boolean =>
    scopes === null ? !RESERVED_SCOPES.includes(scope) : scopes.includes(scope);
  return narrowScopes(held.filter(mayHave), asked);
}
