import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';

import type { Discovered } from '../../../shared/contracts/connect/hub-rpc.ts';
import type { SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import { BEARER, json, problems, USER_PROBLEMS } from '../../kit/documented.ts';
import type { RequestEnv } from '../../kit/request.ts';
import { type OwnClientNeeds, requireHubClient, requireSession } from '../../kit/require.ts';
import { type HubNetwork, type NetworkNeeds, type Region, regionOf } from '../hubs/hub-network.ts';

export type DiscoveryNeeds = NetworkNeeds & OwnClientNeeds;

type DiscoveryRouter = OpenAPIHono<RequestEnv<DiscoveryNeeds>>;

const DiscoverySchema = z
  .object({
    sessionId: z.string(),
    availableApis: z.array(
      z.object({
        serviceId: z
          .string()
          .openapi({ description: 'The GUID under which the session calls it.' }),
        endpoint: z.string(),
        service: z.string(),
        description: z.string(),
      }),
    ),
    shortcuts: z.array(z.record(z.string(), z.unknown())),
    manifestHash: z.string(),
    version: z
      .int()
      .openapi({ description: 'Of the last manifest; 0: the session is not connected.' }),
  })
  .openapi('ApiDiscovery');

/** Tells a session what it may call. */
export function discoveryRoutes(): DiscoveryRouter {
  const app = new OpenAPIHono<RequestEnv<DiscoveryNeeds>>();
  const route = createRoute({
    method: 'post',
    path: '/api-discovery',
    operationId: 'discoverApis',
    tags: ['connect'],
    summary: 'List what your session may call over its socket',
    security: BEARER,
    middleware: [requireSession, requireHubClient],
    responses: {
      200: json(DiscoverySchema, 'The lists of the session’s manifest.'),
      ...problems(...USER_PROBLEMS, 'AUTHZ_DENIED', 'AUTH_SCOPE_INSUFFICIENT'),
    },
  });
  app.openapi(route, async (c) => {
    const {
      services: { network },
      session,
    } = c.var;
    const region = regionOf(c.req.raw.cf);
    const found = await orUnavailable('a hub', () => discover(network, session, region));
    return c.json(DiscoverySchema.parse(found), 200);
  });
  return app;
}

/**
 * Asks the hub that has a session what it may call, or the hub to which the session would connect.
 *
 * @throws If the directory or the hub cannot be reached.
 */
async function discover(
  network: HubNetwork,
  principal: SessionPrincipal,
  region: Region,
): Promise<Discovered | undefined> {
  const { subject, sessionId } = principal;
  const sessions = (await network.ofUsers([subject])).get(subject) ?? [];
  const [hub] = sessions.filter((one) => one.sessionId === sessionId).flatMap(({ hubs }) => hubs);
  const name = hub ?? network.hubOf(region, sessionId);
  const [found] = await network.ask([name], (hub) => hub.discover(principal));
  return found;
}
