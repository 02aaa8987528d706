import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';

import { seconds } from '../../../shared/clock.ts';
import { newTicket, TICKET_LIFETIME } from '../../../shared/tokens/connection-ticket.ts';
import { BEARER, json, problems, USER_PROBLEMS } from '../../kit/documented.ts';
import type { RequestEnv } from '../../kit/request.ts';
import { requireHubClient, requireSession } from '../../kit/require.ts';
import { regionOf } from '../hubs/hub-network.ts';
import type { AdmissionNeeds } from './admission.ts';

const TicketSchema = z
  .object({
    ticket: z.string(),
    expiresIn: z.int().openapi({ description: 'Seconds.', example: 30 }),
  })
  .openapi('ConnectionTicket');

export type TicketNeeds = AdmissionNeeds;

type TicketRouter = OpenAPIHono<RequestEnv<TicketNeeds>>;

/** The route for tickets, by which a browser connects that can send only a URL. */
export function ticketRoutes(): TicketRouter {
  const app = new OpenAPIHono<RequestEnv<TicketNeeds>>();
  const route = createRoute({
    method: 'post',
    path: '/tickets',
    operationId: 'createConnectionTicket',
    tags: ['connect'],
    summary: 'Get a ticket that opens one WebSocket',
    description:
      'For `GET /connect?ticket=…`, once. The connection is the one that this access token would open.',
    security: BEARER,
    middleware: [requireSession, requireHubClient],
    responses: {
      201: json(TicketSchema, 'The ticket.'),
      ...problems(...USER_PROBLEMS, 'AUTHZ_DENIED', 'AUTH_SCOPE_INSUFFICIENT'),
    },
  });
  app.openapi(route, async (c) => {
    const { session: principal, services } = c.var;
    const { clock, network, salts } = services;
    const hub = network.hubOf(regionOf(c.req.raw.cf), principal.sessionId);
    const ticket = await newTicket(await salts(), { hub, principal }, clock());
    return c.json({ ticket, expiresIn: TICKET_LIFETIME / seconds(1) }, 201);
  });
  return app;
}
