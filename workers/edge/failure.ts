import {
  Problem,
  type ProblemOptions,
  problemResponse,
  type RequestIds,
} from '../../shared/http/problem.ts';
import type { Log } from '../../shared/telemetry/log.ts';

/**
 * Turns any error into a problem document, and logs what a client must not see. The two ids
 * are taken one by one, because callers pass a whole request, whose URL may hold a code or a ticket.
 */
export function failureResponse(
  error: unknown,
  { correlationId, instance }: RequestIds,
  log: Log,
  extensions: ProblemOptions['extensions'] = {},
): Response {
  const problem =
    error instanceof Problem ? error : new Problem('INTERNAL_ERROR', { cause: error });
  const { code, options } = problem;
  if (options.cause !== undefined) {
    const message = messageOf(options.cause);
    log({ event: 'edge.failed', level: 'error', code, correlationId, instance, message });
  }
  const all = { ...options, extensions: { ...extensions, ...options.extensions } };
  return problemResponse({ code, options: all }, { correlationId, instance });
}

/** The messages of an error and of its causes, for the log. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const message = `${error.name}: ${error.message}`;
  return error.cause === undefined ? message : `${message} (${messageOf(error.cause)})`;
}
