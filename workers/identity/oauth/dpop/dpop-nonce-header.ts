import { createMiddleware } from 'hono/factory';

import type { AppEnv } from '../../context.ts';

/** Whoever sends a proof is told the nonce for the next, whatever comes of this one (RFC 9449 §8.2). */
export const dpopNonceHeader = createMiddleware<AppEnv>(async (c, next) => {
  await next();
  if (!c.req.raw.headers.has('dpop')) return;
  c.res.headers.set('dpop-nonce', (await c.var.services.dpopNonces()).current);
});
