import {
  Problem,
  type ProblemOptions,
  problemResponse,
  type RequestIds,
} from '../../shared/http/problem.ts';
import type { Log } from '../../shared/telemetry/log.ts';
import type { LimitReached } from './limits/rate-limits.ts';

/** Turns whatever was thrown into a problem document, and logs what a client must not see. */
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

/** What a log may say of anything that was thrown. */
export const messageOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : typeof error;

/** 429 with the fields of draft-ietf-httpapi-ratelimit-headers. */
export function rateLimited({ limit, retryAfter }: LimitReached): Problem {
  return new Problem('RATE_LIMITED', {
    retryAfter,
    headers: {
      'ratelimit-limit': String(limit),
      'ratelimit-remaining': '0',
      'ratelimit-reset': String(retryAfter),
    },
  });
}
