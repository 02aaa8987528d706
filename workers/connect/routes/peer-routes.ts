import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import type { AppEnv, ConnectApp } from '../context.ts';
import { requirePublisher } from '../middleware/require.ts';
import { introduce } from '../peers/introduce.ts';
import { IdSchema } from '../publishing/event-schemas.ts';
import { BEARER, BODY_PROBLEMS, json, PUBLISHER_PROBLEMS, problems } from './documented.ts';

const IntroductionSchema = z.strictObject({
  topic: z.string().min(1).max(64).openapi({ description: 'What brings them together.' }),
  sessionIds: z
    .array(IdSchema)
    .min(2)
    .max(100)
    .refine((ids) => new Set(ids).size === ids.length, 'Must not name a session twice'),
});

const IntroducedSchema = z.object({
  peers: z
    .array(z.object({ sessionId: z.string(), peerGuid: z.string() }))
    .openapi({ description: 'The sessions that are connected.' }),
  missing: z.array(z.string()).openapi({ description: 'The sessions that are not.' }),
});

/** Introduces clients to each other. */
export function peerRoutes(): ConnectApp {
  const app = new OpenAPIHono<AppEnv>();
  const route = createRoute({
    method: 'post',
    path: '/peers',
    operationId: 'introducePeers',
    tags: ['connect'],
    summary: 'Tell sessions how to address each other',
    description:
      'Each that is connected gets the event `connect.peers` with the peer GUIDs of the others, to which it can then send messages.',
    security: BEARER,
    middleware: [requirePublisher] as const,
    request: {
      body: { required: true, content: { 'application/json': { schema: IntroductionSchema } } },
    },
    responses: {
      202: json(IntroducedSchema, 'They are being told.'),
      ...problems(...PUBLISHER_PROBLEMS, ...BODY_PROBLEMS),
    },
  });
  app.openapi(route, async (c) => {
    const { topic, sessionIds } = c.req.valid('json');
    const { network, clock } = c.var.services;
    const peers = await orUnavailable('a hub', () => introduce(network, topic, sessionIds, clock));
    const present = new Set(peers.map(({ sessionId }) => sessionId));
    const missing = sessionIds.filter((id) => !present.has(id));
    return c.json({ peers: [...peers], missing }, 202);
  });
  return app;
}
