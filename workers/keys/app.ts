import { OpenAPIHono } from '@hono/zod-openapi';
import { HTTPException } from 'hono/http-exception';

import { Problem, problemResponse } from '../../shared/http/problem.ts';
import { requireAdmin } from './admin.ts';
import { idsOf, type KeysHono } from './context.ts';
import { RingUnreachable } from './ring.ts';
import { jwksRoutes } from './routes/jwks.ts';
import { keysRoutes } from './routes/keys.ts';
import type { Services } from './services.ts';

/** Builds the routes of `keys`. Pure wiring: no I/O happens until a request arrives. */
export function createApp(services: Services): OpenAPIHono<KeysHono> {
  const app = new OpenAPIHono<KeysHono>({
    defaultHook: (result) => {
      if (!result.success) throw invalid(result.error.issues);
    },
  });
  // Before any validation: who may not ask learns nothing of the shape of the question.
  app.use('/api/v1/keys/*', async (c, next) => {
    c.set('principal', requireAdmin(c.req.raw.headers));
    await next();
  });
  app.route('/', jwksRoutes(services));
  app.route('/', keysRoutes(services));
  app.openAPIRegistry.registerComponent('securitySchemes', 'accessToken', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
  });
  app.notFound((c) => problemResponse(new Problem('NOT_FOUND'), idsOf(c)));
  app.onError((error, c) => {
    const problem = toProblem(error);
    const { code } = problem;
    if (problem !== error) {
      services.log({
        event: 'unhandled',
        level: 'error',
        code,
        message: String(error),
        ...idsOf(c),
      });
    }
    return problemResponse(problem, idsOf(c));
  });
  return app;
}

type Issue = { readonly path: readonly PropertyKey[]; readonly message: string };

function invalid(issues: readonly Issue[]): Problem {
  const errors = issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  return new Problem('VALIDATION_ERROR', { errors });
}

function toProblem(error: Error): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof RingUnreachable) return new Problem('SERVICE_UNAVAILABLE', { cause: error });
  if (!(error instanceof HTTPException)) return new Problem('INTERNAL_ERROR', { cause: error });
  return new Problem(error.status === 415 ? 'UNSUPPORTED_MEDIA_TYPE' : 'VALIDATION_ERROR');
}
