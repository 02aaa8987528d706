import { Hono } from 'hono';

import type { Log } from '../../../shared/telemetry/log.ts';
import type { AppEnv } from '../context.ts';
import { answerAsset } from './assets/asset-route.ts';
import { answerPageError } from './errors/answer-page-error.ts';
import { showSignedOut } from './signed-out/signed-out-page.tsx';

/** The hosted pages: they need no script. */
export function pageRoutes(log: Log): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.onError(answerPageError(log));
  app.get('/signed-out', showSignedOut);
  app.get('/pages/:file', answerAsset);
  return app;
}
