import type { OpenAPIHono } from '@hono/zod-openapi';

import { assertCaller, CallerForbidden } from '../../shared/contracts/bindings.ts';
import { Problem, problemResponse } from '../../shared/http/problem.ts';
import { createApp } from './app.ts';
import { type KeysHono, requestIds } from './context.ts';
import { createServices, type Services } from './services.ts';

type KeysWorker = { readonly services: Services; readonly app: OpenAPIHono<KeysHono> };

/** Keyed by the environment, of which an isolate has one. */
const known = new WeakMap<KeysEnv, KeysWorker>();

/**
 * What this isolate runs. Settings are parsed, and routes built, once.
 *
 * @throws {Error} If a setting is bad: the message names it.
 */
export function workerOf(env: KeysEnv): KeysWorker {
  const worker = known.get(env) ?? createWorker(env);
  known.set(env, worker);
  return worker;
}

function createWorker(env: KeysEnv): KeysWorker {
  const services = createServices(env);
  return { services, app: createApp(services) };
}

/** Serves HTTP to `edge`, and to nobody else. */
export async function handle(
  request: Request,
  env: KeysEnv,
  ctx: ExecutionContext,
): Promise<Response> {
  try {
    assertCaller(ctx.props, ['edge']);
    return await workerOf(env).app.fetch(request, env, ctx);
  } catch (error) {
    const problem =
      error instanceof CallerForbidden
        ? new Problem('CALLER_FORBIDDEN')
        : new Problem('INTERNAL_ERROR', { detail: String(error), cause: error });
    return problemResponse(problem, requestIds(request));
  }
}
