import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';

import {
  hasSession,
  type Principal,
  type SessionPrincipal,
} from '../../../shared/contracts/edge/principal.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import { Problem } from '../../../shared/http/problem.ts';
import type { AppEnv, ConnectApp } from '../context.ts';
import { discover } from '../discovery/discover.ts';
import { requireSession } from '../middleware/require.ts';
import { regionOf } from '../shard.ts';
import { BEARER, json, problems, TOKEN_PROBLEMS } from './documented.ts';

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
export function discoveryRoutes(): ConnectApp {
  const app = new OpenAPIHono<AppEnv>();
  const route = createRoute({
    method: 'post',
    path: '/api-discovery',
    operationId: 'discoverApis',
    tags: ['connect'],
    summary: 'List what your session may call over its socket',
    security: BEARER,
    middleware: [requireSession] as const,
    responses: {
      200: json(DiscoverySchema, 'The lists of the session’s manifest.'),
      ...problems(...TOKEN_PROBLEMS, 'AUTHZ_DENIED'),
    },
  });
  app.openapi(route, async (c) => {
    const { network } = c.var.services;
    const principal = sessionOf(c.var.principal);
    const region = regionOf(c.req.raw.cf);
    const found = await orUnavailable('a hub', () => discover(network, principal, region));
    return c.json(DiscoverySchema.parse(found), 200);
  });
  return app;
}

/** `requireSession` has judged it. */
function sessionOf(principal: Principal): SessionPrincipal {
  if (!hasSession(principal)) throw new Problem('AUTHZ_DENIED');
  return principal;
}
