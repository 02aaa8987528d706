import { assertCaller, CallerForbidden } from '../../shared/contracts/bindings.ts';
import { CORRELATION_HEADER } from '../../shared/contracts/edge/principal.ts';
import { Problem, problemResponse } from '../../shared/http/problem.ts';
import { consoleLog } from '../../shared/telemetry/log.ts';
import { createApp } from './app.ts';
import { openSocket, type SocketEnv } from './open-socket.ts';
import { servicesOf } from './services.ts';

export const app = createApp(servicesOf, consoleLog);

/** Serves a request that `edge` passed on. */
export async function serve(
  request: Request,
  env: SocketEnv,
  context: Pick<ExecutionContext, 'props' | 'waitUntil' | 'passThroughOnException'>,
): Promise<Response> {
  try {
    assertCaller(context.props, ['edge']);
    if (new URL(request.url).pathname === '/connect') return await openSocket(request, env);
    return await app.fetch(request, env, context);
  } catch (error) {
    return problemResponse(toProblem(error), idsOf(request));
  }
}

function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof CallerForbidden) {
    return new Problem('CALLER_FORBIDDEN', { cause: error });
  }
  consoleLog({ event: 'unhandled', level: 'error', error: String(error) });
  return new Problem('INTERNAL_ERROR', { cause: error });
}

const idsOf = ({ url, headers }: Request): { correlationId: string; instance: string } => ({
  correlationId: headers.get(CORRELATION_HEADER) ?? '',
  instance: new URL(url).pathname,
});
