import { createRoute, OpenAPIHono, type z } from '@hono/zod-openapi';

import { callableServices } from '../../../durable-objects/hub/catalogue/callable-services.ts';
import {
  type Endpoint,
  isPermitted,
  remoteEndpoints,
} from '../../../durable-objects/hub/catalogue/endpoint.ts';
import {
  firstPartyEndpoints,
  HUB_ENDPOINTS,
} from '../../../durable-objects/hub/catalogue/read-endpoints.ts';
import type { ServiceHealth } from '../../../shared/contracts/connect/registry-rpc.ts';
import type { IdentityRpc } from '../../../shared/contracts/identity/identity-rpc.ts';
import { PUBLISH_SCOPE } from '../../../shared/contracts/identity/oauth-terms.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import type { Log } from '../../../shared/telemetry/log.ts';
import { BEARER, json, problems, SCOPE_PROBLEMS } from '../../kit/documented.ts';
import { type RequestEnv, requestServices } from '../../kit/request.ts';
import { type AdministratorNeeds, requireHubSessionOrScope } from '../../kit/require.ts';
import { type RegistryNeeds, viewPermission } from './registered-services.ts';
import { MappingsSchema } from './service-schemas.ts';

export type MappingNeeds = AdministratorNeeds &
  RegistryNeeds & { readonly identity: Pick<IdentityRpc, 'describe' | 'takenAudiences'> };

type MappingRouter = OpenAPIHono<RequestEnv<MappingNeeds>>;

/** The routes that list services and their endpoints. */
export function mappingRoutes(): MappingRouter {
  const app = new OpenAPIHono<RequestEnv<MappingNeeds>>();
  const route = createRoute({
    method: 'get',
    path: '/service-mappings',
    operationId: 'listServiceMappings',
    tags: ['connect'],
    summary: 'List the services behind the hub, with their endpoints and health',
    description:
      'A session is told what it may call; an administrator, and a client with the scope `connect:publish`, everything.',
    security: BEARER,
    middleware: requireHubSessionOrScope(PUBLISH_SCOPE),
    responses: { 200: json(MappingsSchema, 'By service.'), ...problems(...SCOPE_PROBLEMS) },
  });
  app.openapi(route, async (c) => {
    const { services, principal, isAdministrator } = c.var;
    const isPermittedTo = (endpoint: Endpoint) =>
      isPermitted(endpoint, principal, services.config.clientId);
    // A token without a session is a publisher's: `requireHubSessionOrScope` has judged it.
    const seesAll = isAdministrator || principal.sessionId === null;
    const mappings = await orUnavailable('a service', () =>
      listMappings(seesAll ? () => true : isPermittedTo, requestServices(c)),
    );
    return c.json({ mappings: [...mappings] }, 200);
  });
  return app;
}

type Mapping = z.infer<typeof MappingsSchema>['mappings'][number];

/**
 * The services behind the hub, with the endpoints that the caller may see.
 *
 * @throws If identity or the registry cannot be reached.
 */
async function listMappings(
  isSeen: (endpoint: Endpoint) => boolean,
  { identity, registry, log }: Pick<MappingNeeds, 'identity' | 'registry'> & { readonly log: Log },
): Promise<readonly Mapping[]> {
  const [document, { services }] = await Promise.all([identity.describe(), registry().services()]);
  const callable = await callableServices(services, { identity, log });
  const own = Map.groupBy(
    [...firstPartyEndpoints('identity', document), ...HUB_ENDPOINTS],
    ({ service }) => service,
  );
  return [
    ...[...own].map(([service, endpoints]) =>
      // It is healthy, because it has just described itself or is the hub.
      toMapping({ service, kind: 'own', health: 'healthy', endpoints: endpoints.filter(isSeen) }),
    ),
    ...callable.map((service) =>
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
