import type { Principal } from '../contracts/principal.ts';

/** Tells the roles that the user has here, and lends them to the client. */
export const ROLES_SCOPE = 'roles';

/**
 * Whether a token for the deployment's own audience carries the roles of its user: nobody else's
 * client is lent them unasked.
 *
 * @param ownClientId The `client_id` of the deployment's own tokens.
 */
export const carriesRoles = (
  { clientId, scopes }: Pick<Principal, 'clientId' | 'scopes'>,
  ownClientId: string,
): boolean => clientId === ownClientId || scopes.includes(ROLES_SCOPE);
