import {
  type Principal,
  readAuthFailure,
  readPrincipal,
} from '../../shared/contracts/edge/principal.ts';
import { Problem } from '../../shared/http/problem.ts';

/**
 * Who asks, if it is an administrator.
 *
 * @throws {Problem} 401 without an access token, 403 without the role `admin`.
 */
export function requireAdmin(headers: Headers): Principal {
  const principal = readPrincipal(headers);
  if (principal === undefined) throw new Problem(readAuthFailure(headers));
  if (!principal.roles.includes('admin')) throw new Problem('AUTHZ_DENIED');
  return principal;
}
