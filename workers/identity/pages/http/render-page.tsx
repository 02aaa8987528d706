import type { Context } from 'hono';
import { html, raw } from 'hono/html';
import type { Child } from 'hono/jsx';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

import type { AppEnv } from '../../context.ts';
import { Document } from '../layout/document.tsx';
import type { Text } from '../text/text.ts';
import { pageHeaders } from './page-headers.ts';

export type PageView = {
  readonly text: Text;
  readonly title: string;
  readonly content: Child;
  readonly status?: ContentfulStatusCode | undefined;
  readonly isWide?: boolean | undefined;
  /** Of the client that waits for an answer: forms of the page may lead there. */
  readonly redirectUri?: string | undefined;
  /** What the page frames: other people's pages. */
  readonly frames?: readonly URL[] | undefined;
  /** Where the browser goes on to by itself, once all is loaded. */
  readonly goesOnTo?: string | undefined;
  /** The queue's: no other page has a script. */
  readonly runsScript?: boolean | undefined;
  /** Seconds. */
  readonly retryAfter?: number | undefined;
};

/** Answers with a page. */
export async function renderPage(c: Context<AppEnv>, view: PageView): Promise<Response> {
  const { brand } = c.var.services.config;
  const { text, title, content, isWide = false, runsScript = false, goesOnTo, retryAfter } = view;
  const page = (
    <Document
      text={text}
      brand={brand}
      title={title}
      isWide={isWide}
      runsScript={runsScript}
      goesOnTo={goesOnTo}
    >
      {content}
    </Document>
  );
  if (retryAfter !== undefined) c.header('retry-after', String(Math.ceil(retryAfter)));
  const document = await html`${raw('<!doctype html>')}${page}`;
  const headers = pageHeaders(brand, view.redirectUri, view.frames, runsScript);
  return c.html(document, view.status ?? 200, headers);
}
