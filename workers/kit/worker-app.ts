import { OpenAPIHono } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { createMiddleware } from 'hono/factory';
import { methodNotAllowed as findOtherMethods } from 'hono/method-not-allowed';

import { CORRELATION_HEADER } from '../../shared/contracts/edge/principal.ts';
import type { Log } from '../../shared/telemetry/log.ts';
import { BEARER_SCHEME, SECURITY_SCHEMES } from './documented.ts';
import { refuseInvalid, refuseUnknownParameters } from './invalid-input.ts';
import {
  answerProblem,
  methodNotAllowed,
  notFound,
  refuseLargeBody,
  requestIds,
} from './problems.ts';
import type { RequestEnv } from './request.ts';

export type WorkerAppOptions<Env, Needs> = {
  /**
   * Returns what the routes need. It is called for every request, so each reports a setting that is
   * not valid.
   *
   * @throws {ConfigurationError}
   */
  readonly services: (env: Env) => Needs;
  readonly log: Log;
  /** Bytes of a request's body. */
  readonly largestBody: number | ((path: string) => number);
};

/**
 * A router without routes. It answers a problem document where there is no route or method, for a
 * request that is not valid, too large or has unknown members or parameters, and for every error of a route.
 *
 * It makes no calls before a request arrives.
 */
export function createWorkerApp<Env extends object, Needs>({
  services,
  log,
  largestBody,
}: WorkerAppOptions<Env, Needs>): OpenAPIHono<RequestEnv<Needs>> {
  const app = new OpenAPIHono<RequestEnv<Needs>>({ defaultHook: refuseInvalid });
  const maxSize = typeof largestBody === 'number' ? () => largestBody : largestBody;
  app.onError(answerProblem);
  app.notFound(notFound);
  app.use(requestScope(services, log));
  app.use((c, next) =>
    bodyLimit({ maxSize: maxSize(c.req.path), onError: refuseLargeBody })(c, next),
  );
  app.use(findOtherMethods({ app, onMethodNotAllowed: methodNotAllowed }));
  app.use(refuseUnknownParameters(app));
  app.openAPIRegistry.registerComponent('securitySchemes', BEARER_SCHEME, SECURITY_SCHEMES.bearer);
  return app;
}

/**
 * Mounts a router and its middleware, whose needs the app must have. `app.route` would accept any
 * router.
 */
export function mount<Needs extends Part, Part>(
  app: OpenAPIHono<RequestEnv<Needs>>,
  path: string,
  router: OpenAPIHono<RequestEnv<Part>>,
): void {
  app.route(path, router);
}

/**
 * Gives every request the services, an id, and a log with the id. It forbids caching of every
 * answer without its own `Cache-Control` (RFC 6749 §5.1).
 */
function requestScope<Env extends object, Needs>(
  services: (env: Env) => Needs,
  log: Log,
): MiddlewareHandler<RequestEnv<Needs> & { Bindings: Env }> {
  return createMiddleware<RequestEnv<Needs> & { Bindings: Env }>(async (c, next) => {
    const { correlationId } = requestIds(c.req.raw);
    c.set('correlationId', correlationId);
    c.set('log', (event) => log({ correlationId, ...event }));
    c.set('services', services(c.env));
    await next();
    if (!c.res.headers.has('cache-control')) c.res.headers.set('cache-control', 'no-store');
    c.res.headers.set(CORRELATION_HEADER, correlationId);
  });
}
