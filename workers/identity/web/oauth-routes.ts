import { OpenAPIHono } from '@hono/zod-openapi';

import type { RequestEnv } from '../../kit/request.ts';
import { mount } from '../../kit/worker-app.ts';
import { answerOAuthError } from '../oauth/answer-oauth-error.ts';
import { type ParNeeds, parRoutes } from '../oauth/authorize/pushed-requests.ts';
import { type CibaNeeds, cibaRoutes } from '../oauth/backchannel/ciba-endpoint.ts';
import {
  type DeviceAuthorizationNeeds,
  deviceAuthorizationRoutes,
} from '../oauth/backchannel/device-endpoint.ts';
import { type TokenNeeds, tokenRoutes } from '../oauth/grants/token-endpoint.ts';
import { type RegistrationNeeds, registrationRoutes } from '../oauth/register/register-endpoint.ts';
import { type IntrospectionNeeds, introspectionRoutes } from '../oauth/tokens/introspection.ts';
import { type RevocationNeeds, revocationRoutes } from '../oauth/tokens/revocation.ts';
import { type UserinfoNeeds, userinfoRoutes } from '../oauth/tokens/userinfo.ts';
import { type AuthorizeNeeds, authorizeRoutes } from './authorize/authorize-routes.ts';
import { type LogoutNeeds, logoutRoutes } from './logout/logout-routes.ts';

export type OAuthNeeds = TokenNeeds &
  LogoutNeeds &
  UserinfoNeeds &
  IntrospectionNeeds &
  RevocationNeeds &
  RegistrationNeeds &
  AuthorizeNeeds &
  ParNeeds &
  DeviceAuthorizationNeeds &
  CibaNeeds;

/**
 * Everything under `/oauth2`: the endpoints of OAuth 2.1 and OpenID Connect. Errors are those of RFC 6749
 * §5.2, but for the two endpoints that browsers are sent to, whose errors are pages.
 */
export function oauthRoutes(): OpenAPIHono<RequestEnv<OAuthNeeds>> {
  const app = new OpenAPIHono<RequestEnv<OAuthNeeds>>();
  app.onError(answerOAuthError);
  mount(app, '/', tokenRoutes()); // /token
  mount(app, '/', logoutRoutes()); // /logout: pages
  mount(app, '/', userinfoRoutes()); // /userinfo
  mount(app, '/', introspectionRoutes()); // /introspect
  mount(app, '/', revocationRoutes()); // /revoke
  mount(app, '/', registrationRoutes()); // /register
  mount(app, '/', authorizeRoutes()); // /authorize: pages
  mount(app, '/', parRoutes()); // /par
  mount(app, '/', deviceAuthorizationRoutes()); // /device_authorization
  mount(app, '/', cibaRoutes()); // /bc-authorize
  return app;
}
