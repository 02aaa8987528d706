/**
 * Audiences are names of services behind the hub, of clients and of resource servers, and each name
 * has one owner. Otherwise the token of a service would pass for a client's ID token, or for a token of
 * a resource server (RFC 8725 §3.9).
 *
 * Two Workers own the names, so neither can refuse a name that the other takes in the same moment.
 * Therefore each stores first, asks the other then, and takes back what it stored: of two that take one
 * name at once, at least one sees the other.
 *
 * @module
 */

import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { Problem } from '../../../../shared/http/problem.ts';

export type ServiceAudienceNeeds = {
  /** Whether a service behind the hub has an audience. Asks `connect`. */
  readonly isServiceAudience: (audience: string) => Promise<boolean>;
};

/**
 * Takes back a client or a resource that was stored under the audience of a service, or of which that
 * cannot be found out.
 *
 * @throws {Problem} `CONFLICT`, `SERVICE_UNAVAILABLE`
 */
export async function confirmNoService(
  name: string,
  takeBack: () => Promise<unknown>,
  { isServiceAudience }: ServiceAudienceNeeds,
): Promise<void> {
  try {
    if (!(await orUnavailable('connect', () => isServiceAudience(name)))) return;
    throw new Problem('CONFLICT', { detail: 'A service behind the hub has this audience' });
  } catch (error) {
    await orUnavailable('the database', takeBack);
    throw error;
  }
}
