import { assertCaller, type Caller } from '../../shared/contracts/bindings.ts';
import type { Log } from '../../shared/telemetry/log.ts';
import { answerWith, requestIds } from './problems.ts';

/** The part of the runtime's `ExecutionContext` that a Worker's entry uses. */
export type WorkerContext = Pick<
  ExecutionContext,
  'props' | 'waitUntil' | 'passThroughOnException'
>;

type Answer<Env> = (
  request: Request,
  env: Env,
  context: WorkerContext,
) => Response | Promise<Response>;

export type ServedWorker<Env> = {
  /** The Workers whose bindings may reach this one over HTTP. */
  readonly callers: readonly Caller[];
  readonly log: Log;
  /** The router, or a function that is called before it. */
  readonly answer: Answer<Env>;
};

/**
 * The HTTP entry of a Worker: refuses callers that it does not list (403 `CALLER_FORBIDDEN`), and
 * answers errors outside of the router by a problem document.
 */
export function serveWorker<Env>({
  callers,
  log,
  answer,
}: ServedWorker<Env>): (request: Request, env: Env, context: WorkerContext) => Promise<Response> {
  return async (request, env, context) => {
    try {
      assertCaller(context.props, callers);
      return await answer(request, env, context);
    } catch (error) {
      const ids = requestIds(request);
      const { correlationId } = ids;
      return answerWith(error, ids, (event) => log({ correlationId, ...event }));
    }
  };
}

/**
 * Makes a value once for each environment, of which an isolate has one. A failure is not cached, so
 * a setting that is not valid fails at every call.
 */
export function perEnvironment<Env extends object, T>(make: (env: Env) => T): (env: Env) => T {
  const made = new WeakMap<Env, { readonly value: T }>();
  return (env) => {
    const entry = made.get(env) ?? { value: make(env) };
    made.set(env, entry);
    return entry.value;
  };
}
