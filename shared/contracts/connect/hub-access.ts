/**
 * Which clients may use the hub in a user's name: first-party ones, and those that the user has
 * allowed to by the scope `connect`.
 *
 * @module
 */

import type { Principal } from '../edge/principal.ts';
import { CONNECT_SCOPE } from '../identity/oauth-terms.ts';

/** The members of a principal that say what its client is. */
export type ClientOfToken = Pick<Principal, 'clientId' | 'firstParty'>;

/**
 * Whether a token is a first-party client's: the deployment's own API signed the user in, or an
 * administrator registered the client as one whose users are not asked.
 *
 * @param ownClientId The `client_id` of the deployment's own tokens.
 */
export const isFirstParty = (
  { clientId, firstParty }: ClientOfToken,
  ownClientId: string,
): boolean => clientId === ownClientId || firstParty === true;

export const mayUseHub = (
  principal: ClientOfToken & Pick<Principal, 'scopes'>,
  ownClientId: string,
): boolean => isFirstParty(principal, ownClientId) || principal.scopes.includes(CONNECT_SCOPE);
