/**
 * Answers a request that was not served by a problem document (RFC 9457), and writes the log.
 *
 * @module
 */

import { HTTPException } from 'hono/http-exception';

import { ConfigurationError } from '../../shared/configuration.ts';
import { CallerForbidden } from '../../shared/contracts/bindings.ts';
import { CORRELATION_HEADER } from '../../shared/contracts/edge/principal.ts';
import { ERROR_CODES, type ErrorCode } from '../../shared/contracts/http/error-codes.ts';
import { Problem, problemResponse, type RequestIds } from '../../shared/http/problem.ts';
import type { Log } from '../../shared/telemetry/log.ts';
import type { RequestContext } from './request.ts';

/** Answers the error of a route. The client gets the code, and the log the chain of causes. */
export const answerProblem = (error: Error, c: RequestContext<unknown>): Response =>
  answerWith(error, idsOfContext(c), c.var.log);

/** As {@link answerProblem}, for errors outside of the router. */
export function answerWith(error: unknown, ids: RequestIds, log: Log): Response {
  const problem = toProblem(error);
  logFailure(ERROR_CODES[problem.code].status, error, log);
  return problemResponse(problem, ids);
}

/** Logs an error that is answered with 5xx. A refused client is no event for an operator. */
export function logFailure(status: number, error: unknown, log: Log): void {
  if (status < 500) return;
  log({ event: 'request.failed', level: 'error', causes: causesOf(error) });
}

/** The problem for an error. An unexpected error is not described to the client. */
function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof CallerForbidden) return new Problem('CALLER_FORBIDDEN');
  if (error instanceof HTTPException) return new Problem(codeOf(error.status));
  // The message is shown, because the operator must see which setting it is.
  if (error instanceof ConfigurationError) {
    return new Problem('INTERNAL_ERROR', { detail: error.message, cause: error });
  }
  return new Problem('INTERNAL_ERROR', { cause: error });
}

/**
 * The code for a request that Hono refuses, such as JSON that cannot be parsed or another content
 * type.
 */
function codeOf(status: number): ErrorCode {
  if (status === 415) return 'UNSUPPORTED_MEDIA_TYPE';
  return status >= 500 ? 'INTERNAL_ERROR' : 'VALIDATION_ERROR';
}

/** The messages down the chain of causes, outermost first. */
export function causesOf(error: unknown): readonly string[] {
  if (!(error instanceof Error)) return error === undefined ? [] : [typeof error];
  return [`${error.name}: ${error.message}`, ...causesOf(error.cause)];
}

/**
 * The ids by which log and client identify a request. A request without an id of `edge` gets one
 * here.
 */
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

/** @param methods - The methods of the path (RFC 9110 §15.5.6). */
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
