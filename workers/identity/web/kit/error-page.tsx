import type { FC } from 'hono/jsx';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { ErrorCode } from '../../../../shared/contracts/http/error-codes.ts';
import { Problem } from '../../../../shared/http/problem.ts';
import { causesOf } from '../../../kit/problems.ts';
import type { RequestContext } from '../../../kit/request.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import { type RenderPageNeeds, renderPage } from './layout.tsx';
import { PAGE_ERROR_STATUS, PageError, type PageErrorKind } from './page-error.ts';
import { pageText, type Text } from './text.ts';

/** Seconds. */
const RETRY_AFTER = 5;

/** Answers what the route of a page threw with a page. The log learns the chain of causes. */
export function answerPageError(
  error: Error,
  c: RequestContext<RenderPageNeeds>,
): Promise<Response> {
  const kind = kindOf(error);
  const status = PAGE_ERROR_STATUS[kind];
  const { correlationId, log } = c.var;
  if (status >= 500) log({ event: 'request.failed', level: 'error', causes: causesOf(error) });
  if (kind === 'too_many') setLimitHeaders(c, error);
  return renderErrorPage(c, {
    ...pageText(c).errors[kind],
    status,
    code: kind,
    correlationId,
    retryAfter: retryAfterOf(error) ?? (status === 503 ? RETRY_AFTER : undefined),
  });
}

/** `RateLimit-Policy` and `RateLimit`. */
function setLimitHeaders(c: RequestContext<RenderPageNeeds>, error: Error): void {
  const headers = error instanceof Problem ? error.options.headers : undefined;
  for (const [name, value] of Object.entries(headers ?? {})) c.header(name, value);
}

const retryAfterOf = (error: Error): number | undefined =>
  error instanceof Problem ? error.options.retryAfter : undefined;

function kindOf(error: Error): PageErrorKind {
  if (error instanceof PageError) return error.kind;
  // On pages, only the reading of a form throws it.
  if (error instanceof OAuthError) return 'form_malformed';
  return error instanceof Problem ? (KINDS[error.code] ?? 'failed') : 'failed';
}

const KINDS: Readonly<Partial<Record<ErrorCode, PageErrorKind>>> = {
  AUTHZ_DENIED: 'form_foreign',
  // The password was replaced, or the account disabled, while its owner signed in.
  AUTH_CREDENTIALS_INVALID: 'interaction_over',
  VALIDATION_ERROR: 'form_malformed',
  RATE_LIMITED: 'too_many',
  SERVICE_UNAVAILABLE: 'unavailable',
  TOKEN_KMS_ERROR: 'unavailable',
  SOCIAL_PROVIDER_UNAVAILABLE: 'unavailable',
  SOCIAL_PROVIDER_UNKNOWN: 'not_found',
  SOCIAL_STATE_INVALID: 'interaction_over',
};

export type ErrorView = {
  readonly status: ContentfulStatusCode;
  /** What happened and what to do about it, for people. */
  readonly title: string;
  readonly detail: string;
  /** For developers and support: an error code of ours or of an RFC. */
  readonly code: string;
  readonly correlationId: string;
  /** Seconds. */
  readonly retryAfter?: number | undefined;
};

/** Answers with a page that says what went wrong. */
export function renderErrorPage(
  c: RequestContext<RenderPageNeeds>,
  view: ErrorView,
): Promise<Response> {
  const { status, title, retryAfter } = view;
  const text = pageText(c);
  return renderPage(c, {
    text,
    title,
    status,
    retryAfter,
    content: <ErrorMessage text={text} {...view} />,
  });
}

const ErrorMessage: FC<ErrorView & { readonly text: Text }> = (view) => (
  <section class="card">
    <h1>{view.title}</h1>
    <p>{view.detail}</p>
    <p class="links">
      <a href="/">{view.text.home.title}</a>
    </p>
    <details>
      <summary>{view.text.error.details}</summary>
      <dl>
        <dt>{view.text.error.code}</dt>
        <dd>
          <code>{view.code}</code>
        </dd>
        <dt>{view.text.error.correlation}</dt>
        <dd>
          <code>{view.correlationId}</code>
        </dd>
      </dl>
    </details>
  </section>
);
