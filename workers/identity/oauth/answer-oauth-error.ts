import type { Context } from 'hono';
import { HTTPException } from 'hono/http-exception';

import { ERROR_CODES } from '../../../shared/contracts/http/error-codes.ts';
import { Problem } from '../../../shared/http/problem.ts';
import type { Log } from '../../../shared/telemetry/log.ts';
import { TtlStoreUnavailable } from '../../../shared/ttl-store/ttl-store.ts';
import type { AppEnv } from '../context.ts';
import { causesOf } from '../errors.ts';
import { OAuthError, oauthErrorResponse } from '../platform/oauth-error.ts';

const RETRY_AFTER = 5;

/** Answers what an OAuth endpoint threw, as RFC 6749 §5.2. The log learns the cause. */
export const answerOAuthError =
  (log: Log) =>
  (error: Error, c: Context<AppEnv>): Response => {
    const answer = toOAuthError(error);
    const { correlationId } = c.var;
    if (answer.status >= 500) {
      log({ event: 'request.failed', level: 'error', correlationId, causes: causesOf(error) });
    }
    return oauthErrorResponse(answer);
  };

/**
 * What could not be judged is `temporarily_unavailable`, never `invalid_grant`: a client that hears
 * the latter throws its tokens away.
 */
export function toOAuthError(error: unknown): OAuthError {
  if (error instanceof OAuthError) return error;
  if (error instanceof TtlStoreUnavailable) return unavailable(error);
  if (error instanceof Problem) return fromProblem(error);
  if (error instanceof HTTPException) {
    const description = 'The request has another shape than this endpoint takes';
    return new OAuthError('invalid_request', description, { status: error.status, cause: error });
  }
  return new OAuthError('server_error', undefined, { cause: error });
}

const unavailable = (cause: unknown): OAuthError =>
  new OAuthError('temporarily_unavailable', undefined, { retryAfter: RETRY_AFTER, cause });

function fromProblem(problem: Problem): OAuthError {
  const { status } = ERROR_CODES[problem.code];
  if (status === 503) return unavailable(problem);
  if (status >= 500) return new OAuthError('server_error', undefined, { cause: problem });
  return new OAuthError('invalid_request', ERROR_CODES[problem.code].title, {
    status,
    cause: problem,
  });
}
