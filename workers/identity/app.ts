import { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { Problem, problemResponse } from '../../shared/http/problem.ts';
import type { Log } from '../../shared/telemetry/log.ts';
import type { Mounting } from '../kit/documented.ts';
import { mount } from '../kit/worker-app.ts';
import { accountRoutes } from './api/accounts.ts';
import { logoutRoutes } from './api/auth/logout.ts';
import { profileRoutes } from './api/auth/profile.ts';
import { signInRoutes } from './api/auth/sign-in.ts';
import { socialRoutes } from './api/auth/social.ts';
import { assertionIssuerRoutes } from './api/oauth-admin/assertion-issuers.ts';
import { clientRoutes } from './api/oauth-admin/clients.ts';
import { initialAccessTokenRoutes } from './api/oauth-admin/initial-access-tokens.ts';
import { resourceRoutes } from './api/oauth-admin/resources.ts';
import { sessionRoutes } from './api/sessions.ts';
import type { AppEnv, IdentityApp, Services } from './context.ts';
import { answerError, refuseInvalid, requestIds } from './errors.ts';
import { metadataRoutes } from './oauth/metadata/metadata-routes.ts';
import { requestScope } from './request-scope.ts';
import { inspectorTokenRoute } from './web/inspector/inspector.tsx';
import { oauthRoutes } from './web/oauth-routes.ts';
import { pageRoutes } from './web/page-routes.ts';
import { browserCallbackRoutes } from './web/social/browser-callback.ts';

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
  mount(app, '/api/v1/sessions', sessionRoutes());
  mount(app, '/api/v1/accounts', accountRoutes());
  mount(app, '/api/v1/oauth/clients', clientRoutes());
  mount(app, '/api/v1/oauth/resources', resourceRoutes());
  mount(app, '/api/v1/oauth/assertion-issuers', assertionIssuerRoutes());
  mount(app, '/api/v1/oauth/initial-access-tokens', initialAccessTokenRoutes());
  mount(app, '/oauth2', oauthRoutes());
  mount(app, '/', pageRoutes());
  mount(app, '/connect/inspector', inspectorTokenRoute());
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

/** Sign-in and the account, to be mounted under as many paths as clients know. */
function authRoutes(mounting: Mounting): IdentityApp {
  const app = new OpenAPIHono<AppEnv>();
  mount(app, '/', signInRoutes(mounting));
  mount(app, '/', logoutRoutes(mounting));
  mount(app, '/', profileRoutes(mounting));
  mount(app, '/', browserCallbackRoutes(mounting));
  mount(app, '/', socialRoutes(mounting));
  return app;
}
