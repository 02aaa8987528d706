import type { Context } from 'hono';
import type { FC } from 'hono/jsx';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

import type { AppEnv } from '../../context.ts';
import { pageText } from '../http/page-text.ts';
import { renderPage } from '../http/render-page.tsx';
import type { Text } from '../text/text.ts';

export type ErrorView = {
  readonly status: ContentfulStatusCode;
  /** What happened and what to do about it, for people. */
  readonly title: string;
  readonly detail: string;
  /** For developers and support: of ours, or of an RFC. */
  readonly code: string;
  readonly correlationId: string;
  /** Seconds. */
  readonly retryAfter?: number | undefined;
};

/** Answers with a page that says what went wrong. */
export function renderErrorPage(c: Context<AppEnv>, view: ErrorView): Promise<Response> {
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
