import type { Context } from 'hono';

import { CORRELATION_HEADER, type Principal } from '../../shared/contracts/edge/principal.ts';
import type { RequestIds } from '../../shared/http/problem.ts';

export type KeysHono = {
  Bindings: KeysEnv;
  /** Set on the routes of administrators. */
  Variables: { principal: Principal };
};

/** `edge` gives every request a correlation id; a request without one gets one here. */
export function requestIds(request: Request): RequestIds {
  return {
    correlationId: request.headers.get(CORRELATION_HEADER) ?? crypto.randomUUID(),
    instance: new URL(request.url).pathname,
  };
}

export const idsOf = (context: Context): RequestIds => requestIds(context.req.raw);
