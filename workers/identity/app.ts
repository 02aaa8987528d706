import { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { methodNotAllowed } from 'hono/method-not-allowed';

import { Problem, problemResponse } from '../../shared/http/problem.ts';
import type { Log } from '../../shared/telemetry/log.ts';
import type { AppEnv, IdentityApp, Services } from './context.ts';
import { answerError, refuseInvalid, requestIds } from './errors.ts';
import { requestScope } from './middleware/request-scope.ts';
import { metadataRoutes } from './oauth/metadata/metadata-routes.ts';
import { oauthRoutes } from './oauth/oauth-routes.ts';
import { inspectorTokenRoute } from './pages/inspector/token-route.ts';
import { pageRoutes } from './pages/page-routes.ts';
import { accountRoutes } from './routes/account-routes.ts';
import { authRoutes } from './routes/auth-routes.ts';
import { assertionIssuerRoutes } from './routes/oauth/assertion-issuer-routes.ts';
import { clientRoutes } from './routes/oauth/client-routes.ts';
import { initialAccessTokenRoutes } from './routes/oauth/initial-access-token-routes.ts';
import { resourceRoutes } from './routes/oauth/resource-routes.ts';
import { sessionRoutes } from './routes/session-routes.ts';

const limitTo = (maxSize: number) => bodyLimit({ maxSize, onError: refuseSize });
const smallBodies = limitTo(16 * 1_024);
/** As much as `edge` lets through: a pushed request object is larger than any form of ours. */
const oauthBodies = limitTo(64 * 1_024);

/** Builds the Worker's routes. Pure wiring: nothing outside is asked until a request arrives. */
export function createApp(services: () => Services, log: Log): IdentityApp {
  const app = new OpenAPIHono<AppEnv>({ defaultHook: refuseInvalid });
  app.onError(answerError(log));
  app.notFound((c) => problemResponse(new Problem('NOT_FOUND'), requestIds(c)));
  app.use(requestScope(services));
  app.use((c, next) => (c.req.path.startsWith('/oauth2/') ? oauthBodies : smallBodies)(c, next));
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
  app.route('/api/v1/auth', authRoutes({ prefix: '', tag: 'auth' }));
  app.route('/auth', authRoutes({ prefix: 'short', tag: 'auth (short paths)' }));
  app.route('/api/v1/sessions', sessionRoutes());
  app.route('/api/v1/accounts', accountRoutes());
  app.route('/api/v1/oauth/clients', clientRoutes());
  app.route('/api/v1/oauth/resources', resourceRoutes());
  app.route('/api/v1/oauth/assertion-issuers', assertionIssuerRoutes());
  app.route('/api/v1/oauth/initial-access-tokens', initialAccessTokenRoutes());
  app.route('/oauth2', oauthRoutes(log));
  app.route('/', pageRoutes(log));
  app.route('/connect/inspector', inspectorTokenRoute());
  app.route('/.well-known', metadataRoutes());
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
  });
  return app;
}

function refuseSize(): never {
  throw new Problem('PAYLOAD_TOO_LARGE');
}
