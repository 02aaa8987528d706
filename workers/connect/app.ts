import type { OpenAPIHono } from '@hono/zod-openapi';

import type { Log } from '../../shared/telemetry/log.ts';
import type { RequestEnv } from '../kit/request.ts';
import { createWorkerApp, mount } from '../kit/worker-app.ts';
import { type DiscoveryNeeds, discoveryRoutes } from './calls/discovery-routes.ts';
import { type ProxyNeeds, proxyRoutes } from './calls/proxy-routes.ts';
import { type OperationNeeds, operationRoutes } from './hubs/operation-routes.ts';
import { type EventNeeds, eventRoutes } from './messaging/event-routes.ts';
import { type PeerNeeds, peerRoutes } from './messaging/peer-routes.ts';
import { type QuestionNeeds, questionRoutes } from './messaging/question-routes.ts';
import { type ShortcutNeeds, shortcutRoutes } from './messaging/shortcut-routes.ts';
import {
  type QueueAdministrationNeeds,
  queueAdministrationRoutes,
} from './queue/queue-administration-routes.ts';
import { type QueueNeeds, queueRoutes } from './queue/queue-routes.ts';
import { type MappingNeeds, mappingRoutes } from './registration/mapping-routes.ts';
import { type ServiceNeeds, serviceRoutes } from './registration/service-routes.ts';
import { type TicketNeeds, ticketRoutes } from './sockets/ticket-routes.ts';

export type AppNeeds = DiscoveryNeeds &
  EventNeeds &
  MappingNeeds &
  OperationNeeds &
  PeerNeeds &
  ProxyNeeds &
  QuestionNeeds &
  QueueAdministrationNeeds &
  QueueNeeds &
  ServiceNeeds &
  ShortcutNeeds &
  TicketNeeds;

/** The same limit as that of `edge`, in bytes. */
const LARGEST_BODY = 1_048_576;

const BASE = '/api/v1/connect';

/** Builds the Worker's routes. It makes no calls before a request arrives. */
export function createApp(
  services: (env: ConnectEnv) => AppNeeds,
  log: Log,
): OpenAPIHono<RequestEnv<AppNeeds>> {
  const app = createWorkerApp({ services, log, largestBody: LARGEST_BODY });
  mount(app, '/queue', queueRoutes());
  mount(app, `${BASE}/queue`, queueAdministrationRoutes());
  mount(app, BASE, eventRoutes());
  mount(app, BASE, questionRoutes());
  mount(app, BASE, peerRoutes());
  mount(app, BASE, shortcutRoutes());
  mount(app, BASE, discoveryRoutes());
  mount(app, BASE, operationRoutes());
  mount(app, BASE, serviceRoutes());
  mount(app, BASE, mappingRoutes());
  mount(app, BASE, proxyRoutes());
  mount(app, BASE, ticketRoutes());
  return app;
}
