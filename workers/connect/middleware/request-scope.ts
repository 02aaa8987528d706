import type { MiddlewareHandler } from 'hono';
import { createMiddleware } from 'hono/factory';

import { CORRELATION_HEADER } from '../../../shared/contracts/edge/principal.ts';
import type { AppEnv, Services } from '../context.ts';

/** Gives every request the services and an id. No answer is to be cached. */
export const requestScope = (
  servicesOf: (env: ConnectEnv) => Services,
): MiddlewareHandler<AppEnv> =>
  createMiddleware<AppEnv>(async (c, next) => {
    c.set('correlationId', c.req.header(CORRELATION_HEADER) ?? crypto.randomUUID());
    c.set('services', servicesOf(c.env));
    await next();
    if (!c.res.headers.has('cache-control')) c.res.headers.set('cache-control', 'no-store');
    c.res.headers.set(CORRELATION_HEADER, c.var.correlationId);
  });
