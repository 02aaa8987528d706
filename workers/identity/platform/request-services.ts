import type { Context } from 'hono';

import type { AppEnv, Services } from '../context.ts';

/** The services, whose log names the request. */
export function requestServices(c: Context<AppEnv>): Services {
  const { services, correlationId } = c.var;
  return { ...services, log: (event) => services.log({ ...event, correlationId }) };
}
