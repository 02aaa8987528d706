import type { Context } from 'hono';

import type { Log } from '../../../../shared/telemetry/log.ts';
import type { AppEnv } from '../../context.ts';
import { answerPageError } from '../../pages/errors/answer-page-error.ts';
import { renderErrorPage } from '../../pages/errors/error-page.tsx';
import { pageText } from '../../pages/http/page-text.ts';
import { OAuthError } from '../oauth-error.ts';

/**
 * Shows an error that no redirect URI may learn of (RFC 6749 §4.1.2.1). The text is for the user, the
 * code and its description for the client's developer.
 */
export const answerAuthorizeError =
  (log: Log) =>
  (error: Error, c: Context<AppEnv>): Promise<Response> => {
    if (!(error instanceof OAuthError) || error.status >= 500) {
      return answerPageError(log)(error, c);
    }
    const { code, options } = error;
    return renderErrorPage(c, {
      ...pageText(c).requestRefused,
      status: 400,
      code: [code, options.description].join(': '),
      correlationId: c.var.correlationId,
    });
  };
