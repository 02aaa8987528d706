import { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { methodNotAllowed } from 'hono/method-not-allowed';

import { Problem, problemResponse } from '../../shared/http/problem.ts';
import type { Log } from '../../shared/telemetry/log.ts';
import type { AppEnv, ConnectApp, Services } from './context.ts';
import { answerError, refuseInvalid, requestIds } from './errors.ts';
import { requestScope } from './middleware/request-scope.ts';
import { discoveryRoutes } from './routes/discovery-routes.ts';
import { eventRoutes } from './routes/event-routes.ts';
import { mappingRoutes } from './routes/mapping-routes.ts';
import { operationRoutes } from './routes/operation-routes.ts';
import { peerRoutes } from './routes/peer-routes.ts';
import { proxyRoutes } from './routes/proxy-routes.ts';
import { questionRoutes } from './routes/question-routes.ts';
import { queueAdministrationRoutes } from './routes/queue-administration-routes.ts';
import { queueRoutes } from './routes/queue-routes.ts';
import { serviceRoutes } from './routes/service-routes.ts';
import { shortcutRoutes } from './routes/shortcut-routes.ts';
import { ticketRoutes } from './routes/ticket-routes.ts';

/** As much as `edge` lets through. */
const LARGEST_BODY = 1_048_576;

const BASE = '/api/v1/connect';

/** Builds the Worker's routes. Pure wiring: nothing outside is asked until a request arrives. */
export function createApp(servicesOf: (env: ConnectEnv) => Services, log: Log): ConnectApp {
  const app = new OpenAPIHono<AppEnv>({ defaultHook: refuseInvalid });
  app.onError(answerError(log));
  app.notFound((c) => problemResponse(new Problem('NOT_FOUND'), requestIds(c)));
  app.use(requestScope(servicesOf));
  app.use(bodyLimit({ maxSize: LARGEST_BODY, onError: refuseSize }));
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (c, methods) => {
        const response = problemResponse(new Problem('METHOD_NOT_ALLOWED'), requestIds(c));
        response.headers.set('allow', methods.join(', '));
        return response;
      },
    }),
  );
  app.route('/queue', queueRoutes());
  app.route(`${BASE}/queue`, queueAdministrationRoutes());
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
  });
  app.route(BASE, eventRoutes());
  app.route(BASE, questionRoutes());
  app.route(BASE, peerRoutes());
  app.route(BASE, shortcutRoutes());
  app.route(BASE, discoveryRoutes());
  app.route(BASE, operationRoutes());
  app.route(BASE, serviceRoutes());
  app.route(BASE, mappingRoutes());
  app.route(BASE, proxyRoutes());
  app.route(BASE, ticketRoutes());
  return app;
}

function refuseSize(): never {
  throw new Problem('PAYLOAD_TOO_LARGE');
}
