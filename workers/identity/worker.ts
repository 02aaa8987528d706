import { assertCaller, CallerForbidden } from '../../shared/contracts/bindings.ts';
import { CORRELATION_HEADER } from '../../shared/contracts/edge/principal.ts';
import { Problem, problemResponse } from '../../shared/http/problem.ts';
import { consoleLog } from '../../shared/telemetry/log.ts';
import { createApp } from './app.ts';
import { isolateServices } from './services.ts';

export const app = createApp(isolateServices, consoleLog);

/** Answers the client requests that `edge` and `connect` pass on, and nobody else's. */
export function handleRequest(
  request: Request,
  env: unknown,
  context: ExecutionContext,
): Response | Promise<Response> {
  try {
    assertCaller(context.props, ['edge', 'connect']);
  } catch (error) {
    if (error instanceof CallerForbidden) return forbidden(request);
    throw error;
  }
  return app.fetch(request, env, context);
}

function forbidden(request: Request): Response {
  return problemResponse(new Problem('CALLER_FORBIDDEN'), {
    correlationId: request.headers.get(CORRELATION_HEADER) ?? crypto.randomUUID(),
    instance: new URL(request.url).pathname,
  });
}
