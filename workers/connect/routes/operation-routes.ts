import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';

import { seconds } from '../../../shared/clock.ts';
import type { ConnectionView } from '../../../shared/contracts/connect/hub-rpc.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import type { AppEnv, ConnectApp } from '../context.ts';
import { connectionsOf, drain, kick } from '../hubs/operations.ts';
import { requireAdministrator } from '../middleware/require.ts';
import { IdSchema } from '../publishing/event-schemas.ts';
import { ADMIN_PROBLEMS, BEARER, BODY_PROBLEMS, json, problems } from './documented.ts';

const operation = {
  tags: ['connect'],
  security: BEARER,
  middleware: requireAdministrator,
};

/** What an administrator does with connections. */
export function operationRoutes(): ConnectApp {
  const app = new OpenAPIHono<AppEnv>();
  addDrain(app);
  addKick(app);
  addConnections(app);
  return app;
}

const DrainSchema = z.strictObject({
  overSeconds: z.int().min(0).max(3_600).openapi({ description: 'Spread over this time.' }),
});

function addDrain(app: ConnectApp): void {
  const route = createRoute({
    ...operation,
    method: 'post',
    path: '/drain',
    operationId: 'drainHubs',
    summary: 'Ask all clients to connect again',
    description: 'Before a deploy, or to spread clients over more hubs.',
    request: { body: { required: true, content: { 'application/json': { schema: DrainSchema } } } },
    responses: {
      202: json(z.object({ asked: z.int() }), 'So many clients will be asked.'),
      ...problems(...ADMIN_PROBLEMS, ...BODY_PROBLEMS),
    },
  });
  app.openapi(route, async (c) => {
    const over = seconds(c.req.valid('json').overSeconds);
    const asked = await orUnavailable('a hub', () => drain(c.var.services.network, over));
    return c.json({ asked }, 202);
  });
}

const reason = z.string().max(200).optional().openapi({ description: 'For the log.' });
const KickSchema = z.union([
  z.strictObject({ sessionId: IdSchema, userId: IdSchema.optional(), reason }),
  z.strictObject({ userId: IdSchema, reason }),
]);

function addKick(app: ConnectApp): void {
  const route = createRoute({
    ...operation,
    method: 'post',
    path: '/kick',
    operationId: 'kickConnections',
    summary: 'Close the connections of a session or a user',
    description:
      'With close code 4403, and nothing can be resumed. The session itself goes on: end it to keep the client out.',
    request: { body: { required: true, content: { 'application/json': { schema: KickSchema } } } },
    responses: {
      200: json(z.object({ closed: z.int() }), 'So many connections are closed.'),
      ...problems(...ADMIN_PROBLEMS, ...BODY_PROBLEMS),
    },
  });
  app.openapi(route, async (c) => {
    const { reason: why, ...kicked } = c.req.valid('json');
    const { services, correlationId, principal } = c.var;
    const closed = await orUnavailable('a hub', () => kick(services.network, kicked));
    const who = { ...kicked, by: principal.subject, reason: why ?? '' };
    services.log({ event: 'connect.kicked', level: 'info', correlationId, closed, ...who });
    return c.json({ closed }, 200);
  });
}

const ConnectionSchema = z
  .object({
    connectionId: z.string(),
    sessionId: z.string(),
    hub: z.string(),
    clientId: z.string(),
    roles: z.array(z.string()),
    peerGuid: z.string(),
    ipAddress: z.string(),
    country: z.string(),
    lastHeardAt: z.iso.datetime(),
    tokenExpiresAt: z.iso.datetime(),
  })
  .openapi('Connection');

function addConnections(app: ConnectApp): void {
  const route = createRoute({
    ...operation,
    method: 'get',
    path: '/connections',
    operationId: 'listConnections',
    summary: "List a user's open connections",
    request: { query: z.object({ userId: IdSchema }) },
    responses: {
      200: json(z.object({ connections: z.array(ConnectionSchema) }), 'The connections.'),
      ...problems(...ADMIN_PROBLEMS, 'VALIDATION_ERROR'),
    },
  });
  app.openapi(route, async (c) => {
    const { userId } = c.req.valid('query');
    const views = await orUnavailable('a hub', () => connectionsOf(c.var.services.network, userId));
    return c.json({ connections: views.map(toConnection) }, 200);
  });
}

const toConnection = ({ clientIp, heardAt, expiresAt, roles, ...view }: ConnectionView) => ({
  ...view,
  roles: [...roles],
  ipAddress: clientIp,
  lastHeardAt: new Date(heardAt).toISOString(),
  tokenExpiresAt: new Date(expiresAt).toISOString(),
});
