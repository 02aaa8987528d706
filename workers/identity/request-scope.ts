import type { MiddlewareHandler } from 'hono';
import { createMiddleware } from 'hono/factory';

import { CORRELATION_HEADER } from '../../shared/contracts/edge/principal.ts';
import type { AppEnv, Services } from './context.ts';

/**
 * Gives every request the services, an id and a log that names the id, and forbids caching of every answer
 * that does not say otherwise (RFC 6749 §5.1).
 */
export const requestScope = (services: () => Services): MiddlewareHandler<AppEnv> =>
  createMiddleware<AppEnv>(async (c, next) => {
    const correlationId = c.req.header(CORRELATION_HEADER) ?? crypto.randomUUID();
    c.set('correlationId', correlationId);
    c.set('services', services());
    c.set('log', (event) => c.var.services.log({ ...event, correlationId }));
    await next();
    if (!c.res.headers.has('cache-control')) c.res.headers.set('cache-control', 'no-store');
    c.res.headers.set(CORRELATION_HEADER, correlationId);
  });
