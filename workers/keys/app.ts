import type { OpenAPIHono } from '@hono/zod-openapi';

import type { Log } from '../../shared/telemetry/log.ts';
import type { RequestEnv } from '../kit/request.ts';
import { createWorkerApp, mount } from '../kit/worker-app.ts';
import {
  type KeyAdministrationNeeds,
  keyAdministrationRoutes,
  keySetRoutes,
} from './key-routes.ts';

export type AppNeeds = KeyAdministrationNeeds;

const LARGEST_BODY = 16 * 1_024;

/** Builds the Worker's routes. It makes no calls before a request arrives. */
export function createApp(
  services: (env: KeysEnv) => AppNeeds,
  log: Log,
): OpenAPIHono<RequestEnv<AppNeeds>> {
  const app = createWorkerApp({ services, log, largestBody: LARGEST_BODY });
  mount(app, '/', keySetRoutes());
  mount(app, '/api/v1/keys', keyAdministrationRoutes());
  return app;
}
