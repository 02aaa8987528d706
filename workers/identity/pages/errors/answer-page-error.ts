import type { Context } from 'hono';

import type { ErrorCode } from '../../../../shared/contracts/http/error-codes.ts';
import { Problem } from '../../../../shared/http/problem.ts';
import type { Log } from '../../../../shared/telemetry/log.ts';
import type { AppEnv } from '../../context.ts';
import { causesOf } from '../../errors.ts';
import { OAuthError } from '../../oauth/oauth-error.ts';
import { pageText } from '../http/page-text.ts';
import { renderErrorPage } from './error-page.tsx';
import { PAGE_ERROR_STATUS, PageError, type PageErrorKind } from './page-error.ts';

const RETRY_AFTER = 5;

/** Answers what the route of a page threw with a page. The log learns the cause. */
export const answerPageError =
  (log: Log) =>
  (error: Error, c: Context<AppEnv>): Promise<Response> => {
    const kind = kindOf(error);
    const status = PAGE_ERROR_STATUS[kind];
    const { correlationId } = c.var;
    if (status >= 500) {
      log({ event: 'request.failed', level: 'error', correlationId, causes: causesOf(error) });
    }
    return renderErrorPage(c, {
      ...pageText(c).errors[kind],
      status,
      code: kind,
      correlationId,
      retryAfter: status === 503 ? RETRY_AFTER : undefined,
    });
  };

function kindOf(error: Error): PageErrorKind {
  if (error instanceof PageError) return error.kind;
  // Reading a form throws it, and nothing else here does.
  if (error instanceof OAuthError) return 'form_malformed';
  return error instanceof Problem ? (KINDS[error.code] ?? 'failed') : 'failed';
}

const KINDS: Readonly<Partial<Record<ErrorCode, PageErrorKind>>> = {
  AUTHZ_DENIED: 'form_foreign',
  SERVICE_UNAVAILABLE: 'unavailable',
  TOKEN_KMS_ERROR: 'unavailable',
  SOCIAL_PROVIDER_UNAVAILABLE: 'unavailable',
  SOCIAL_PROVIDER_UNKNOWN: 'not_found',
  SOCIAL_STATE_INVALID: 'interaction_over',
};
