import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type * as z from 'zod';

import { ERROR_CODES } from '../../shared/contracts/http/error-codes.ts';
import { Problem, problemResponse, type RequestIds } from '../../shared/http/problem.ts';
import type { Log } from '../../shared/telemetry/log.ts';
import type { AppEnv } from './context.ts';

type Validation =
  | { readonly success: true }
  | { readonly success: false; readonly error: z.ZodError };

/** Refuses a request whose parts do not have the shape that its route declares. */
export function refuseInvalid(result: Validation): undefined {
  if (result.success) return;
  const errors = result.error.issues.flatMap(issuesOf).map(({ path, message }) => ({
    path: path.map(String).join('.'),
    message,
  }));
  throw new Problem('VALIDATION_ERROR', { errors });
}

type Issue = z.core.$ZodIssue;

/** Of a body with a choice of shapes, what is wrong with the shape that was probably meant. */
function issuesOf(issue: Issue): readonly Issue[] {
  if (issue.code !== 'invalid_union' || issue.path.length > 0) return [issue];
  const [meant] = issue.errors.toSorted(
    (a, b) => strangeMembers(a) - strangeMembers(b) || a.length - b.length,
  );
  return meant ?? [issue];
}

const strangeMembers = (issues: readonly Issue[]): number =>
  issues.reduce((sum, one) => sum + (one.code === 'unrecognized_keys' ? one.keys.length : 0), 0);

/** Answers what a route threw. The client learns the code, the log the cause. */
export const answerError =
  (log: Log) =>
  (error: Error, c: Context<AppEnv>): Response => {
    const problem = toProblem(error);
    if (ERROR_CODES[problem.code].status >= 500) {
      const { correlationId } = c.var;
      log({ event: 'request.failed', level: 'error', correlationId, error: String(error) });
    }
    return problemResponse(problem, requestIds(c));
  };

export const requestIds = (c: Context<AppEnv>): RequestIds => ({
  correlationId: c.var.correlationId,
  instance: c.req.path,
});

function toProblem(error: Error): Problem {
  if (error instanceof Problem) return error;
  if (!(error instanceof HTTPException)) return new Problem('INTERNAL_ERROR', { cause: error });
  if (error.status === 415) return new Problem('UNSUPPORTED_MEDIA_TYPE');
  return new Problem(error.status >= 500 ? 'INTERNAL_ERROR' : 'VALIDATION_ERROR');
}
