import { OpenAPIHono } from '@hono/zod-openapi';

import type { Log } from '../../../shared/telemetry/log.ts';
import { mount } from '../../kit/worker-app.ts';
import type { AppEnv, IdentityApp } from '../context.ts';
import { answerOAuthError } from '../oauth/answer-oauth-error.ts';
import { parRoutes } from '../oauth/authorize/pushed-requests.ts';
import { cibaRoutes } from '../oauth/backchannel/ciba-endpoint.ts';
import { deviceAuthorizationRoutes } from '../oauth/backchannel/device-endpoint.ts';
import { tokenRoutes } from '../oauth/grants/token-endpoint.ts';
import { registrationRoutes } from '../oauth/register/register-endpoint.ts';
import { introspectionRoutes } from '../oauth/tokens/introspection.ts';
import { revocationRoutes } from '../oauth/tokens/revocation.ts';
import { userinfoRoutes } from '../oauth/tokens/userinfo.ts';
import { authorizeRoutes } from './authorize/authorize-routes.ts';
import { logoutRoutes } from './logout/logout-routes.ts';

/** The OAuth 2.1 and OpenID Connect endpoints that clients call, under `/oauth2`. */
export function oauthRoutes(log: Log): IdentityApp {
  const app = new OpenAPIHono<AppEnv>();
  app.onError(answerOAuthError);
  mount(app, '/', tokenRoutes());
  app.route('/', logoutRoutes(log));
  mount(app, '/', userinfoRoutes());
  mount(app, '/', introspectionRoutes());
  mount(app, '/', revocationRoutes());
  mount(app, '/', registrationRoutes());
  app.route('/', authorizeRoutes(log));
  mount(app, '/', parRoutes());
  mount(app, '/', deviceAuthorizationRoutes());
  mount(app, '/', cibaRoutes());
  return app;
}
