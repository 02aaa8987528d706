import {
  Problem,
  type ProblemOptions,
  problemResponse,
  type RequestIds,
} from '../../shared/http/problem.ts';
import type { Log } from '../../shared/telemetry/log.ts';

/** Turns any error into a problem document, and logs what a client must not see. */
export function failureResponse(
  error: unknown,
  ids: RequestIds,
  log: Log,
  extensions: ProblemOptions['extensions'] = {},
): Response {
  const problem =
    error instanceof Problem ? error : new Problem('INTERNAL_ERROR', { cause: error });
  const { code, options } = problem;
  if (options.cause !== undefined) {
    const message = messageOf(options.cause);
    log({ event: 'edge.failed', level: 'error', code, ...ids, message });
  }
  const all = { ...options, extensions: { ...extensions, ...options.extensions } };
  return problemResponse({ code, options: all }, ids);
}

/** The messages of an error and of its causes, for the log. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const message = `${error.name}: ${error.message}`;
  return error.cause === undefined ? message : `${message} (${messageOf(error.cause)})`;
}
