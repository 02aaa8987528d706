import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';

import { type Millis, seconds } from '../../../shared/clock.ts';
import type { NewEventTarget } from '../../../shared/contracts/connect/client-event.ts';
import type { ConnectionView } from '../../../shared/contracts/connect/hub-rpc.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import {
  ADMINISTRATOR_PROBLEMS,
  BEARER,
  BODY_PROBLEMS,
  instant,
  json,
  jsonBody,
  problems,
} from '../../kit/documented.ts';
import type { RequestEnv } from '../../kit/request.ts';
import { type AdministratorNeeds, requireAdministrator } from '../../kit/require.ts';
import type { HubNetwork, NetworkNeeds } from './hub-network.ts';
import { IdSchema, recipientsOf } from './recipients.ts';

export type OperationNeeds = AdministratorNeeds & NetworkNeeds;

type OperationRouter = OpenAPIHono<RequestEnv<OperationNeeds>>;

const operation = {
  tags: ['connect'],
  security: BEARER,
  middleware: requireAdministrator,
};

/** The routes by which administrators manage connections. */
export function operationRoutes(): OperationRouter {
  const app = new OpenAPIHono<RequestEnv<OperationNeeds>>();
  addDrain(app);
  addKick(app);
  addConnections(app);
  return app;
}

const DrainSchema = z.strictObject({
  overSeconds: z.int().min(0).max(3_600).openapi({ description: 'Spread over this time.' }),
});

function addDrain(app: OperationRouter): void {
  const route = createRoute({
    ...operation,
    method: 'post',
    path: '/drain',
    operationId: 'drainHubs',
    summary: 'Ask all clients to connect again',
    description: 'Before a deploy, or to spread clients over more hubs.',
    request: jsonBody(DrainSchema),
    responses: {
      202: json(z.object({ asked: z.int() }), 'So many clients will be asked.'),
      ...problems(...ADMINISTRATOR_PROBLEMS, ...BODY_PROBLEMS),
    },
  });
  app.openapi(route, async (c) => {
    const over = seconds(c.req.valid('json').overSeconds);
    const count = await orUnavailable('a hub', () => drain(c.var.services.network, over));
    return c.json({ asked: count }, 202);
  });
}

const reason = z.string().max(200).optional().openapi({ description: 'For the log.' });
const KickSchema = z.union([
  z.strictObject({ sessionId: IdSchema, userId: IdSchema.optional(), reason }),
  z.strictObject({ userId: IdSchema, reason }),
]);

function addKick(app: OperationRouter): void {
  const route = createRoute({
    ...operation,
    method: 'post',
    path: '/kick',
    operationId: 'kickConnections',
    summary: 'Close the connections of a session or a user',
    description:
      'With close code 4403, and nothing can be resumed. The session itself goes on: end it to keep the client out.',
    request: jsonBody(KickSchema),
    responses: {
      200: json(z.object({ closed: z.int() }), 'So many connections are closed.'),
      ...problems(...ADMINISTRATOR_PROBLEMS, ...BODY_PROBLEMS),
    },
  });
  app.openapi(route, async (c) => {
    const { reason: why, ...kicked } = c.req.valid('json');
    const { services, log, principal } = c.var;
    const closed = await orUnavailable('a hub', () => kick(services.network, kicked));
    const details = { ...kicked, by: principal.subject, reason: why ?? '' };
    log({ event: 'connect.kicked', level: 'info', closed, ...details });
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
    lastHeardAt: instant,
    tokenExpiresAt: instant,
  })
  .openapi('Connection');

function addConnections(app: OperationRouter): void {
  const route = createRoute({
    ...operation,
    method: 'get',
    path: '/connections',
    operationId: 'listConnections',
    summary: "List a user's open connections",
    request: { query: z.object({ userId: IdSchema }) },
    responses: {
      200: json(z.object({ connections: z.array(ConnectionSchema) }), 'The connections.'),
      ...problems(...ADMINISTRATOR_PROBLEMS, 'VALIDATION_ERROR'),
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

/** A session, or all sessions of a user. */
type KickTarget = Exclude<NewEventTarget, 'all' | { readonly role: string }>;

/** Closes connections without ending their sessions. Returns how many were closed. */
async function kick(network: HubNetwork, target: KickTarget): Promise<number> {
  const hubs = (await recipientsOf(network, [target]))(target);
  const sessionIds =
    'sessionId' in target ? [target.sessionId] : await sessionsOf(network, target.userId);
  return total(await network.ask(hubs, (hub) => hub.endSessions(sessionIds, 'kicked')));
}

/**
 * Closes every connection, and asks the clients to reconnect at different times in `over`. Returns
 * how many.
 */
async function drain(network: HubNetwork, over: Millis): Promise<number> {
  return total(await network.ask(await network.all(), (hub) => hub.drain(over)));
}

/** The open connections of a user, at all hubs. */
async function connectionsOf(
  network: HubNetwork,
  userId: string,
): Promise<readonly ConnectionView[]> {
  const target = { userId };
  const hubs = (await recipientsOf(network, [target]))(target);
  return (await network.ask(hubs, (hub) => hub.connectionsOf(userId))).flat();
}

async function sessionsOf(network: HubNetwork, userId: string): Promise<readonly string[]> {
  const users = await network.ofUsers([userId]);
  return (users.get(userId) ?? []).map(({ sessionId }) => sessionId);
}

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
