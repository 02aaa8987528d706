import { OpenAPIHono } from '@hono/zod-openapi';

import type { Log } from '../../../shared/telemetry/log.ts';
import type { AppEnv, IdentityApp } from '../context.ts';
import { answerOAuthError } from './answer-oauth-error.ts';
import { authorizeRoutes } from './authorize/authorize-routes.ts';
import { addBackchannelAuthentication } from './ciba/backchannel-endpoint.ts';
import { addDeviceAuthorization } from './device/device-authorization-endpoint.ts';
import { addIntrospection } from './introspection/introspection-endpoint.ts';
import { logoutRoutes } from './logout/logout-routes.ts';
import { addPar } from './par/par-route.ts';
import { addRegistration } from './register/register-endpoint.ts';
import { addRevocation } from './revocation/revocation-endpoint.ts';
import { addToken } from './token/token-endpoint.ts';
import { addUserinfo } from './userinfo/userinfo-endpoint.ts';

/** The OAuth 2.1 and OpenID Connect endpoints that clients call, under `/oauth2`. */
export function oauthRoutes(log: Log): IdentityApp {
  const app = new OpenAPIHono<AppEnv>();
  app.onError(answerOAuthError(log));
  addToken(app);
  app.route('/', logoutRoutes(log));
  addUserinfo(app);
  addIntrospection(app);
  addRevocation(app);
  addRegistration(app);
  app.route('/', authorizeRoutes(log));
  addPar(app);
  addDeviceAuthorization(app);
  addBackchannelAuthentication(app);
  return app;
}
