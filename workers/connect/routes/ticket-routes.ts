import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';

import { seconds } from '../../../shared/clock.ts';
import { hasSession } from '../../../shared/contracts/edge/principal.ts';
import { Problem } from '../../../shared/http/problem.ts';
import { newTicket, TICKET_LIFETIME } from '../../../shared/tokens/connection-ticket.ts';
import type { AppEnv, ConnectApp } from '../context.ts';
import { requireSession } from '../middleware/require.ts';
import { saltsOf } from '../salts.ts';
import { hubName, regionOf } from '../shard.ts';
import { BEARER, json, problems, TOKEN_PROBLEMS } from './documented.ts';

const TicketSchema = z
  .object({
    ticket: z.string(),
    expiresIn: z.int().openapi({ description: 'Seconds.', example: 30 }),
  })
  .openapi('ConnectionTicket');

/** Tickets, for browsers that can send nothing but a URL. */
export function ticketRoutes(): ConnectApp {
  const app = new OpenAPIHono<AppEnv>();
  const route = createRoute({
    method: 'post',
    path: '/tickets',
    operationId: 'createConnectionTicket',
    tags: ['connect'],
    summary: 'Get a ticket that opens one WebSocket',
    description:
      'For `GET /connect?ticket=…`, once. The connection is the one that this access token would open.',
    security: BEARER,
    middleware: [requireSession] as const,
    responses: {
      201: json(TicketSchema, 'The ticket.'),
      ...problems(...TOKEN_PROBLEMS, 'AUTHZ_DENIED'),
    },
  });
  app.openapi(route, async (c) => {
    const { principal, services } = c.var;
    // What `requireSession` has seen to, in the terms of the type.
    if (!hasSession(principal)) throw new Problem('AUTHZ_DENIED');
    const { clock, config } = services;
    const hub = hubName(regionOf(c.req.raw.cf), principal.sessionId, config.shards);
    const ticket = await newTicket(await saltsOf(c.env), { hub, principal }, clock());
    return c.json({ ticket, expiresIn: TICKET_LIFETIME / seconds(1) }, 201);
  });
  return app;
}
