import type { z } from '@hono/zod-openapi';

import {
  type Endpoint,
  isPermitted,
  remoteEndpoints,
} from '../../../durable-objects/hub/catalogue/endpoint.ts';
import { HUB_ENDPOINTS } from '../../../durable-objects/hub/catalogue/hub-endpoints.ts';
import { firstPartyEndpoints } from '../../../durable-objects/hub/catalogue/read-endpoints.ts';
import type { ServiceHealth } from '../../../shared/contracts/connect/registry-rpc.ts';
import type { Principal } from '../../../shared/contracts/edge/principal.ts';
import type { Services } from '../context.ts';
import type { MappingsSchema } from './service-schemas.ts';
import { viewPermission } from './service-view.ts';

type Mapping = z.infer<typeof MappingsSchema>['mappings'][number];

/**
 * The services behind the hub: what a session may call of them, and all of it for who speaks for the
 * deployment.
 *
 * @throws If identity or the registry cannot be reached.
 */
export async function mappingsFor(
  principal: Principal,
  { identity, registry, config }: Pick<Services, 'identity' | 'registry' | 'config'>,
): Promise<readonly Mapping[]> {
  const [document, { services }] = await Promise.all([identity.describe(), registry().services()]);
  const own = Map.groupBy(
    [...firstPartyEndpoints('identity', document), ...HUB_ENDPOINTS],
    ({ service }) => service,
  );
  const seesAll = principal.sessionId === null || principal.roles.includes('admin');
  const isSeen = ({ permission }: Endpoint) =>
    seesAll || isPermitted(permission, principal, config.ownClientId);
  return [
    ...[...own].map(([service, endpoints]) =>
      // It has just answered, or it is this hub.
      toMapping({ service, kind: 'own', health: 'healthy', endpoints: endpoints.filter(isSeen) }),
    ),
    ...services.map((service) =>
      toMapping({
        service: service.name,
        kind: 'registered',
        health: service.health,
        endpoints: remoteEndpoints(service).filter(isSeen),
      }),
    ),
  ].filter(({ endpoints }) => endpoints.length > 0);
}

type Facts = Pick<Mapping, 'service' | 'kind'> & {
  readonly health: ServiceHealth;
  readonly endpoints: readonly Endpoint[];
};

const toMapping = ({ endpoints, ...facts }: Facts): Mapping => ({
  ...facts,
  endpoints: endpoints.map(({ method, path, description, permission }) => ({
    method,
    path,
    description,
    permission: viewPermission(permission),
  })),
});
