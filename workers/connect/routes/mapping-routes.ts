import { createRoute, OpenAPIHono } from '@hono/zod-openapi';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import type { AppEnv, ConnectApp } from '../context.ts';
import { requireSessionOrPublisher } from '../middleware/require.ts';
import { mappingsFor } from '../registration/mappings.ts';
import { MappingsSchema } from '../registration/service-schemas.ts';
import { BEARER, json, PUBLISHER_PROBLEMS, problems } from './documented.ts';

/** Which services there are. */
export function mappingRoutes(): ConnectApp {
  const app = new OpenAPIHono<AppEnv>();
  const route = createRoute({
    method: 'get',
    path: '/service-mappings',
    operationId: 'listServiceMappings',
    tags: ['connect'],
    summary: 'List the services behind the hub, with their endpoints and health',
    description:
      'A session is told what it may call; an administrator, and a client with the scope `connect:publish`, everything.',
    security: BEARER,
    middleware: requireSessionOrPublisher,
    responses: { 200: json(MappingsSchema, 'By service.'), ...problems(...PUBLISHER_PROBLEMS) },
  });
  app.openapi(route, async (c) => {
    const { services, principal } = c.var;
    const mappings = await orUnavailable('a service', () => mappingsFor(principal, services));
    return c.json({ mappings: [...mappings] }, 200);
  });
  return app;
}
