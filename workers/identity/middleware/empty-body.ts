import { createMiddleware } from 'hono/factory';

import type { AppEnv } from '../context.ts';

/**
 * Treats an empty body as none, for a request whose body is optional: many clients announce JSON
 * whether they send any or not.
 */
export const emptyBodyIsNone = createMiddleware<AppEnv>(async (c, next) => {
  if ((await c.req.text()).trim() === '') {
    const headers = new Headers(c.req.raw.headers);
    headers.delete('content-type');
    c.req.raw = new Request(c.req.url, { method: c.req.method, headers });
  }
  await next();
});
