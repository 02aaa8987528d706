import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';

import type { Clock } from '../../../shared/clock.ts';
import type { ClientEvent } from '../../../shared/contracts/connect/client-event.ts';
import type { Peer } from '../../../shared/contracts/connect/hub-rpc.ts';
import { PUBLISH_SCOPE } from '../../../shared/contracts/identity/oauth-terms.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
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
import type { HubNetwork } from '../hubs/hub-network.ts';
import { IdSchema } from '../hubs/recipients.ts';
import type { PublishNeeds } from './publish.ts';

export type PeerNeeds = AdministratorNeeds & PublishNeeds;

type PeerRouter = OpenAPIHono<RequestEnv<PeerNeeds>>;

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
export function peerRoutes(): PeerRouter {
  const app = new OpenAPIHono<RequestEnv<PeerNeeds>>();
  const route = createRoute({
    method: 'post',
    path: '/peers',
    operationId: 'introducePeers',
    tags: ['connect'],
    summary: 'Tell sessions how to address each other',
    description:
      'Each that is connected gets the event `connect.peers` with the peer GUIDs of the others, to which it can then send messages.',
    security: BEARER,
    middleware: requireScope(PUBLISH_SCOPE),
    request: jsonBody(IntroductionSchema),
    responses: {
      202: json(IntroducedSchema, 'They are being told.'),
      ...problems(...SCOPE_PROBLEMS, ...BODY_PROBLEMS),
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

/**
 * Sends every connected session the peer GUIDs of the others.
 *
 * @returns Those that are connected.
 * @throws If the registry or a hub cannot be reached.
 */
async function introduce(
  network: HubNetwork,
  topic: string,
  sessionIds: readonly string[],
  clock: Clock,
): Promise<readonly Peer[]> {
  const whereabouts = await network.ofSessions(sessionIds);
  const hubs = [...new Set([...whereabouts.values()].flat())];
  const present = await network.ask(hubs, async (hub, name) => ({
    name,
    peers: await hub.peersOf(sessionIds),
  }));
  const all = present.flatMap(({ peers }) => peers);
  const byHub = new Map(present.map(({ name, peers }) => [name, peers]));
  await network.ask(hubs, (hub, name) =>
    hub.publish((byHub.get(name) ?? []).map((peer) => introduction(topic, peer, all, clock))),
  );
  return all;
}

const introduction = (
  topic: string,
  peer: Peer,
  all: readonly Peer[],
  clock: Clock,
): ClientEvent => ({
  eventId: crypto.randomUUID(),
  eventName: 'connect.peers',
  timestamp: new Date(clock()).toISOString(),
  target: { session: peer.sessionId },
  payload: { topic, peers: all.filter(({ sessionId }) => sessionId !== peer.sessionId) },
  ephemeral: false,
  latestKey: `connect.peers:${topic}`,
});
