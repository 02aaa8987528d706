/**
 * Which registered services are called at all: those whose tokens are good at nobody else [H94].
 *
 * The registry refuses an audience that somebody else has. Services that were registered before it did
 * may share one, or have a client's id.
 *
 * @module
 */

import type { RegisteredService } from '../../../shared/contracts/connect/registry-rpc.ts';
import { audienceKey, isOwnAudience } from '../../../shared/contracts/connect/service-audience.ts';
import type { IdentityRpc } from '../../../shared/contracts/identity/identity-rpc.ts';
import type { Log } from '../../../shared/telemetry/log.ts';

export type CallableServicesNeeds = {
  readonly identity: Pick<IdentityRpc, 'takenAudiences'>;
  readonly log: Log;
};

/** Leaves out services whose audience is not theirs alone, and logs which. */
export async function callableServices(
  services: readonly RegisteredService[],
  needs: CallableServicesNeeds,
): Promise<readonly RegisteredService[]> {
  const foreign = services.filter((service) => !isOwnAudience(service));
  const taken = new Set(await takenOf(foreign, needs));
  const [callable, refused] = [new Set<RegisteredService>(), new Set<string>()];
  for (const service of services) {
    if (isTheirsAlone(service, services, taken)) callable.add(service);
    else refused.add(service.name);
  }
  if (refused.size > 0) {
    needs.log({ event: 'hub.audience_refused', level: 'error', services: [...refused] });
  }
  return services.filter((service) => callable.has(service));
}

/** Where it cannot be found out, an audience counts as taken until the catalogue is read again. */
async function takenOf(
  services: readonly RegisteredService[],
  { identity }: CallableServicesNeeds,
): Promise<readonly string[]> {
  if (services.length === 0) return [];
  const audiences = services.map(({ audience }) => audience);
  try {
    return await identity.takenAudiences(audiences);
  } catch {
    return audiences;
  }
}

/**
 * Whether the owner of a service is the only one who has its audience. Under the service's own origin it
 * wins over one that is elsewhere; where neither can claim it, neither is called.
 */
function isTheirsAlone(
  service: RegisteredService,
  all: readonly RegisteredService[],
  taken: ReadonlySet<string>,
): boolean {
  const key = audienceKey(service.audience);
  const rivals = all.filter(
    ({ audience, owner }) => audienceKey(audience) === key && owner !== service.owner,
  );
  if (isOwnAudience(service)) return !rivals.some(isOwnAudience);
  return rivals.length === 0 && !taken.has(service.audience);
}
