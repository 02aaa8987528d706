import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type * as z from 'zod';

import { ERROR_CODES, type ErrorCode } from '../../shared/contracts/http/error-codes.ts';
import { Problem, problemResponse, type RequestIds } from '../../shared/http/problem.ts';
import type { Log } from '../../shared/telemetry/log.ts';
import { ConfigurationError } from './config.ts';
import type { AppEnv } from './context.ts';

type Validation =
  | { readonly success: true }
  | { readonly success: false; readonly error: z.ZodError };

/** Refuses a request whose parts do not have the shape that its route declares. */
export function refuseInvalid(result: Validation): undefined {
  if (result.success) return;
  const errors = result.error.issues.map(({ path, message }) => ({
    path: path.map(String).join('.'),
    message,
  }));
  throw new Problem('VALIDATION_ERROR', { errors });
}

/** Answers what a route threw. The client learns the code, the log the cause. */
export const answerError =
  (log: Log) =>
  (error: Error, c: Context<AppEnv>): Response => {
    const problem = toProblem(error);
    const { correlationId } = c.var;
    if (ERROR_CODES[problem.code].status >= 500) {
      log({ event: 'request.failed', level: 'error', correlationId, causes: causesOf(error) });
    }
    return problemResponse(problem, requestIds(c));
  };

export const requestIds = (c: Context<AppEnv>): RequestIds => ({
  correlationId: c.var.correlationId,
  instance: c.req.path,
});

function toProblem(error: Error): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof HTTPException) return new Problem(codeOf(error.status));
  // An operator must see which setting it is. The message never holds a value.
  if (error instanceof ConfigurationError) {
    return new Problem('INTERNAL_ERROR', { detail: error.message });
  }
  return new Problem('INTERNAL_ERROR');
}

/** What Hono itself refuses: JSON that does not parse, and other content types. */
function codeOf(status: number): ErrorCode {
  if (status === 415) return 'UNSUPPORTED_MEDIA_TYPE';
  return status >= 500 ? 'INTERNAL_ERROR' : 'VALIDATION_ERROR';
}

/** The messages down the chain of causes: outermost first. */
function causesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return error === undefined ? [] : [typeof error];
  return [`${error.name}: ${error.message}`, ...causesOf(error.cause)];
}
