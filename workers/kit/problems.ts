/**
 * What a client is told of a request that was not served, as a problem document (RFC 9457), and what
 * the log is told.
 *
 * @module
 */

import { HTTPException } from 'hono/http-exception';
import type * as z from 'zod';

import { ConfigurationError } from '../../shared/configuration.ts';
import { CallerForbidden } from '../../shared/contracts/bindings.ts';
import { CORRELATION_HEADER } from '../../shared/contracts/edge/principal.ts';
import { ERROR_CODES, type ErrorCode } from '../../shared/contracts/http/error-codes.ts';
import {
  type FieldError,
  Problem,
  problemResponse,
  type RequestIds,
} from '../../shared/http/problem.ts';
import type { Log } from '../../shared/telemetry/log.ts';
import type { RequestContext } from './request.ts';

/** Answers what a route threw. The client learns the code, the log the chain of causes. */
export const answerProblem = (error: Error, c: RequestContext<unknown>): Response =>
  answerWith(error, idsOfContext(c), c.var.log);

/** The same for what is thrown where there is no router, such as before it. */
export function answerWith(error: unknown, ids: RequestIds, log: Log): Response {
  const problem = toProblem(error);
  logFailure(ERROR_CODES[problem.code].status, error, log);
  return problemResponse(problem, ids);
}

/** Logs an error that is answered as a fault of ours. A refused client is no event for an operator. */
export function logFailure(status: number, error: unknown, log: Log): void {
  if (status < 500) return;
  log({ event: 'request.failed', level: 'error', causes: causesOf(error) });
}

/** What an error means for the client. An error that nobody foresaw says nothing of itself. */
function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof CallerForbidden) return new Problem('CALLER_FORBIDDEN');
  if (error instanceof HTTPException) return new Problem(codeOf(error.status));
  // The operator must see which setting it is.
  if (error instanceof ConfigurationError) {
    return new Problem('INTERNAL_ERROR', { detail: error.message, cause: error });
  }
  return new Problem('INTERNAL_ERROR', { cause: error });
}

/** What Hono itself refuses: JSON that does not parse, and other content types. */
function codeOf(status: number): ErrorCode {
  if (status === 415) return 'UNSUPPORTED_MEDIA_TYPE';
  return status >= 500 ? 'INTERNAL_ERROR' : 'VALIDATION_ERROR';
}

/** The messages down the chain of causes, outermost first. */
export function causesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return error === undefined ? [] : [typeof error];
  return [`${error.name}: ${error.message}`, ...causesOf(error.cause)];
}

/** By which log and client name a request. `edge` gives each an id; one that has none gets one here. */
export function requestIds({ url, headers }: Pick<Request, 'url' | 'headers'>): RequestIds {
  return {
    correlationId: headers.get(CORRELATION_HEADER) ?? crypto.randomUUID(),
    instance: new URL(url).pathname,
  };
}

const idsOfContext = (c: RequestContext<unknown>): RequestIds => ({
  correlationId: c.var.correlationId,
  instance: c.req.path,
});

export const notFound = (c: RequestContext<unknown>): Response =>
  problemResponse(new Problem('NOT_FOUND'), idsOfContext(c));

/** @param methods - Those that the path has (RFC 9110 §15.5.6). */
export const methodNotAllowed = (
  c: RequestContext<unknown>,
  methods: readonly string[],
): Response => {
  const headers = { allow: methods.join(', ') };
  return problemResponse(new Problem('METHOD_NOT_ALLOWED', { headers }), idsOfContext(c));
};

/** @throws {Problem} `PAYLOAD_TOO_LARGE` */
export function refuseLargeBody(): never {
  throw new Problem('PAYLOAD_TOO_LARGE');
}

type Validation =
  | { readonly success: true }
  | { readonly success: false; readonly error: z.core.$ZodError };

/**
 * Refuses a request whose parts do not have the shape that its route declares.
 *
 * @throws {Problem} `VALIDATION_ERROR`, with what each field did wrong.
 */
export function refuseInvalid(result: Validation): undefined {
  if (result.success) return;
  throw new Problem('VALIDATION_ERROR', { errors: fieldErrors(result.error.issues) });
}

type Issue = z.core.$ZodIssue;

const fieldErrors = (issues: readonly Issue[]): readonly FieldError[] =>
  issues.flatMap(issuesMeant).map(({ path, message }) => ({
    path: path.map(String).join('.'),
    message,
  }));

/**
 * Where a whole body may have one of several shapes, zod says that none fits, which helps nobody. The
 * shape that was probably meant is the one with the fewest members that it does not know, and among
 * those the one with the fewest faults; what is wrong with that one is told.
 */
function issuesMeant(issue: Issue): readonly Issue[] {
  if (issue.code !== 'invalid_union' || issue.path.length > 0) return [issue];
  const [meant] = issue.errors.toSorted(
    (a, b) => unknownMembers(a) - unknownMembers(b) || a.length - b.length,
  );
  return meant ?? [issue];
}

const unknownMembers = (issues: readonly Issue[]): number =>
  issues.reduce((sum, one) => sum + (one.code === 'unrecognized_keys' ? one.keys.length : 0), 0);
