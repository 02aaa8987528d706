import type { Permission } from '../../../shared/contracts/connect/registry-rpc.ts';
import type { SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';

/** Of what every session may call. */
export const EVERYBODY: Permission = { roles: [], scopes: [] };

/** What of a principal decides what it may call. */
export type Standing = Pick<SessionPrincipal, 'clientId' | 'scopes' | 'roles'>;

/**
 * Whether a token may call what a permission is for.
 *
 * @param ownClientId The `client_id` of the deployment's own tokens.
 */
export function isPermitted(
  { roles, scopes, ownClient }: Permission,
  standing: Standing,
  ownClientId: string,
): boolean {
  const isOwn = standing.clientId === ownClientId;
  if (ownClient === 'required' && !isOwn) return false;
  if (roles.length > 0 && !roles.some((role) => standing.roles.includes(role))) return false;
  if (ownClient === 'suffices' && isOwn) return true;
  return scopes.every((scope) => standing.scopes.includes(scope));
}
