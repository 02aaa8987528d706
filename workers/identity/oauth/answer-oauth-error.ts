import { HTTPException } from 'hono/http-exception';

import { ERROR_CODES } from '../../../shared/contracts/http/error-codes.ts';
import { Problem } from '../../../shared/http/problem.ts';
import { TtlStoreUnavailable } from '../../../shared/ttl-store/ttl-store.ts';
import { causesOf } from '../../kit/problems.ts';
import type { RequestContext } from '../../kit/request.ts';
import { OAuthError, oauthErrorResponse } from '../platform/oauth-error.ts';

/** Seconds. */
const RETRY_AFTER = 5;

/** Answers what an OAuth endpoint threw, as RFC 6749 §5.2 says. The cause goes to the log only. */
export function answerOAuthError(error: Error, c: RequestContext<unknown>): Response {
  const answer = toOAuthError(error);
  if (answer.status >= 500) {
    c.var.log({ event: 'request.failed', level: 'error', causes: causesOf(error) });
  }
  return oauthErrorResponse(answer);
}

/**
 * A request that cannot be judged now is answered `temporarily_unavailable`, never `invalid_grant`: a
 * client that gets the latter throws its tokens away.
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
  if (problem.code === 'SESSION_TERMINATED') {
    return new OAuthError('invalid_grant', 'The session has ended', { cause: problem });
  }
  const { detail, retryAfter, headers = {} } = problem.options;
  if (status === 429) {
    const options = { status, headers, cause: problem };
    const limited = retryAfter === undefined ? options : { ...options, retryAfter };
    return new OAuthError('temporarily_unavailable', detail, limited);
  }
  if (status === 503) return unavailable(problem);
  if (status >= 500) return new OAuthError('server_error', undefined, { cause: problem });
  return new OAuthError('invalid_request', ERROR_CODES[problem.code].title, {
    status,
    cause: problem,
  });
}
