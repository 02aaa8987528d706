import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';

import type { NewEvent } from '../../../shared/contracts/connect/client-event.ts';
import type { Published } from '../../../shared/contracts/connect/hub-rpc.ts';
import { PUBLISH_SCOPE } from '../../../shared/contracts/identity/oauth-terms.ts';
import { Problem } from '../../../shared/http/problem.ts';
import {
  BEARER,
  BODY_PROBLEMS,
  json,
  jsonBody,
  problems,
  SCOPE_PROBLEMS,
} from '../../kit/documented.ts';
import type { RequestEnv } from '../../kit/request.ts';
import { type AdministratorNeeds, requireScope } from '../../kit/require.ts';
import { BatchSchema, EventSchema } from './event-schemas.ts';
import { identified, type PublishNeeds, publish } from './publish.ts';

export type EventNeeds = AdministratorNeeds & PublishNeeds;

type EventRouter = OpenAPIHono<RequestEnv<EventNeeds>>;

const counts = {
  delivered: z.int().openapi({ description: 'Connections that it was sent to.' }),
  kept: z.int().openapi({ description: 'Clients that get it when they come back.' }),
};
const PublishedSchema = z.union([
  z.object({ eventId: z.string(), ...counts }),
  z.object({ eventIds: z.array(z.string()), ...counts }),
]);

/** Sends events to clients. */
export function eventRoutes(): EventRouter {
  const app = new OpenAPIHono<RequestEnv<EventNeeds>>();
  const route = createRoute({
    method: 'post',
    path: '/events',
    operationId: 'publishEvents',
    tags: ['connect'],
    summary: 'Send an event to clients, or up to 100 of them',
    description:
      'To a session, to all sessions of a user, to all users with a role, or to all. The client gets the payload with `eventName`, `eventId` and `timestamp`. Whoever is gone for less than the reconnection window gets it on coming back. After a 503 some have it: publish again under the same `eventId`.',
    security: BEARER,
    middleware: requireScope(PUBLISH_SCOPE),
    request: jsonBody(z.union([EventSchema, BatchSchema])),
    responses: {
      202: json(PublishedSchema, 'It is on its way, and safe.'),
      ...problems(...SCOPE_PROBLEMS, ...BODY_PROBLEMS),
    },
  });
  app.openapi(route, async (c) => {
    const body = c.req.valid('json');
    if ('events' in body) return c.json(await publishAll(c.var.services, body.events), 202);
    const { eventIds, ...published } = await publishAll(c.var.services, [body]);
    return c.json({ eventId: eventIds[0] ?? '', ...published }, 202);
  });
  return app;
}

/** @throws {Problem} `SERVICE_UNAVAILABLE`, with the ids under which to publish again. */
async function publishAll(
  { network, clock }: PublishNeeds,
  events: readonly NewEvent[],
): Promise<Published & { readonly eventIds: string[] }> {
  const all = events.map((event) => identified(event, clock));
  const eventIds = all.map(({ eventId }) => eventId);
  try {
    return { eventIds, ...(await publish(network, all)) };
  } catch (cause) {
    throw new Problem('SERVICE_UNAVAILABLE', { cause, extensions: { eventIds } });
  }
}
