import type { Context } from 'hono';
import { html, raw } from 'hono/html';
import type { Child } from 'hono/jsx';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

import type { AppEnv } from '../../context.ts';
import { Document, type PageScript, type PageWidth } from '../layout/document.tsx';
import type { Text } from '../text/text.ts';
import { pageHeaders } from './page-headers.ts';

export type PageView = {
  readonly text: Text;
  readonly title: string;
  readonly content: Child;
  readonly status?: ContentfulStatusCode | undefined;
  /** `narrow` where absent. */
  readonly width?: PageWidth | undefined;
  /** Of the client that waits for an answer: forms of the page may lead there. */
  readonly redirectUri?: string | undefined;
  /** What the page frames: other people's pages. */
  readonly frames?: readonly URL[] | undefined;
  /** Where the browser goes on to by itself, once all is loaded. */
  readonly goesOnTo?: string | undefined;
  /** Of the few pages that have one. */
  readonly script?: PageScript | undefined;
  /** Whom the script asks, beside us. */
  readonly asks?: readonly URL[] | undefined;
  /** Seconds. */
  readonly retryAfter?: number | undefined;
};

/** Answers with a page. */
export async function renderPage(c: Context<AppEnv>, view: PageView): Promise<Response> {
  const { brand } = c.var.services.config;
  const { text, title, content, width = 'narrow', script, goesOnTo, retryAfter } = view;
  const page = (
    <Document
      text={text}
      brand={brand}
      title={title}
      width={width}
      script={script}
      goesOnTo={goesOnTo}
    >
      {content}
    </Document>
  );
  if (retryAfter !== undefined) c.header('retry-after', String(Math.ceil(retryAfter)));
  const document = await html`${raw('<!doctype html>')}${page}`;
  const asked = script === undefined ? undefined : (view.asks ?? []);
  const headers = pageHeaders(brand, view.redirectUri, view.frames, asked);
  return c.html(document, view.status ?? 200, headers);
}
