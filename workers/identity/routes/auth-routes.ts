import { OpenAPIHono } from '@hono/zod-openapi';

import type { AppEnv, IdentityApp } from '../context.ts';
import { addBrowserCallback } from '../social/routes/browser-callback.ts';
import { addListProviders } from '../social/routes/list-providers.ts';
import { addSocialCallback } from '../social/routes/social-callback.ts';
import { addSocialUrl } from '../social/routes/social-url.ts';
import { addSteamVerify } from '../social/routes/steam-verify.ts';
import type { Mounting } from './documented.ts';
import { addLogin } from './login.ts';
import { addLogout } from './logout.ts';
import { addChangeProfile, addReadProfile } from './profile.ts';
import { addRefresh } from './refresh.ts';
import { addRegister } from './register.ts';

/** Sign-in and the account, to be mounted under as many paths as clients know. */
export function authRoutes(mounting: Mounting): IdentityApp {
  const app = new OpenAPIHono<AppEnv>();
  addRegister(app, mounting);
  addLogin(app, mounting);
  addRefresh(app, mounting);
  addLogout(app, mounting);
  addReadProfile(app, mounting);
  addChangeProfile(app, mounting);
  addListProviders(app, mounting);
  addSocialUrl(app, mounting);
  addBrowserCallback(app, mounting);
  addSocialCallback(app, mounting);
  addSteamVerify(app, mounting);
  return app;
}
