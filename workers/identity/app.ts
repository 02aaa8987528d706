import { OpenAPIHono } from '@hono/zod-openapi';

import type { Log } from '../../shared/telemetry/log.ts';
import type { Mounting } from '../kit/documented.ts';
import type { RequestEnv } from '../kit/request.ts';
import { createWorkerApp, mount } from '../kit/worker-app.ts';
import { type AccountsNeeds, accountRoutes } from './api/accounts.ts';
import { type LogoutNeeds, logoutRoutes } from './api/auth/logout.ts';
import { type ProfileNeeds, profileRoutes } from './api/auth/profile.ts';
import { type SignInNeeds, signInRoutes } from './api/auth/sign-in.ts';
import { type SocialNeeds, socialRoutes } from './api/auth/social.ts';
import {
  type AssertionIssuersNeeds,
  assertionIssuerRoutes,
} from './api/oauth-admin/assertion-issuers.ts';
import { type ClientsNeeds, clientRoutes } from './api/oauth-admin/clients.ts';
import {
  type InitialAccessTokensNeeds,
  initialAccessTokenRoutes,
} from './api/oauth-admin/initial-access-tokens.ts';
import { type ResourcesNeeds, resourceRoutes } from './api/oauth-admin/resources.ts';
import type { UserNeeds } from './api/require.ts';
import { sessionRoutes } from './api/sessions.ts';
import { type MetadataNeeds, metadataRoutes } from './oauth/metadata/metadata-routes.ts';
import { type InspectorTokenNeeds, inspectorTokenRoute } from './web/inspector/inspector.tsx';
import { type OAuthNeeds, oauthRoutes } from './web/oauth-routes.ts';
import { type PagesNeeds, pageRoutes } from './web/page-routes.ts';
import { type BrowserCallbackNeeds, browserCallbackRoutes } from './web/social/browser-callback.ts';

type AuthNeeds = SignInNeeds & LogoutNeeds & ProfileNeeds & SocialNeeds & BrowserCallbackNeeds;

export type AppNeeds = AuthNeeds &
  UserNeeds &
  AccountsNeeds &
  ClientsNeeds &
  ResourcesNeeds &
  AssertionIssuersNeeds &
  InitialAccessTokensNeeds &
  OAuthNeeds &
  PagesNeeds &
  InspectorTokenNeeds &
  MetadataNeeds;

const SMALL_BODY = 16 * 1_024;
/** As much as `edge` lets through: a pushed request object is larger than any form of ours. */
const OAUTH_BODY = 64 * 1_024;

const largestBody = (path: string): number =>
  path.startsWith('/oauth2/') ? OAUTH_BODY : SMALL_BODY;

/** Builds the Worker's routes. Nothing outside is asked until a request arrives. */
export function createApp(services: () => AppNeeds, log: Log): OpenAPIHono<RequestEnv<AppNeeds>> {
  const app = createWorkerApp({ services, log, largestBody });
  mount(app, '/api/v1/auth', authRoutes({ prefix: '', tag: 'auth' }));
  mount(app, '/auth', authRoutes({ prefix: 'short', tag: 'auth (short paths)' }));
  mount(app, '/api/v1/sessions', sessionRoutes());
  mount(app, '/api/v1/accounts', accountRoutes());
  mount(app, '/api/v1/oauth/clients', clientRoutes());
  mount(app, '/api/v1/oauth/resources', resourceRoutes());
  mount(app, '/api/v1/oauth/assertion-issuers', assertionIssuerRoutes());
  mount(app, '/api/v1/oauth/initial-access-tokens', initialAccessTokenRoutes());
  mount(app, '/oauth2', oauthRoutes());
  mount(app, '/', pageRoutes());
  mount(app, '/connect/inspector', inspectorTokenRoute());
  mount(app, '/.well-known', metadataRoutes());
  return app;
}

/** Sign-in and the account, to be mounted under as many paths as clients know. */
function authRoutes(mounting: Mounting): OpenAPIHono<RequestEnv<AuthNeeds>> {
  const app = new OpenAPIHono<RequestEnv<AuthNeeds>>();
  mount(app, '/', signInRoutes(mounting));
  mount(app, '/', logoutRoutes(mounting));
  mount(app, '/', profileRoutes(mounting));
  mount(app, '/', browserCallbackRoutes(mounting));
  mount(app, '/', socialRoutes(mounting));
  return app;
}
