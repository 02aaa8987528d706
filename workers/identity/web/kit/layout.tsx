import type { Context } from 'hono';
import { html, raw } from 'hono/html';
import type { Child, FC } from 'hono/jsx';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { AppEnv } from '../../context.ts';
import { type Asset, assetPath, pageAssets } from './assets.ts';
import type { Brand } from './brand.ts';
import { pageHeaders } from './form-action.ts';
import type { Text } from './text.ts';

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

/** For pages with little, much and very much to show. */
type PageWidth = 'narrow' | 'wide' | 'full';

/** What a page that has a script loads for it. */
type PageScript = { readonly code: Asset; readonly style?: Asset };

export type DocumentProps = {
  readonly text: Text;
  readonly brand: Brand;
  /** Of the page: also its heading, unless it brings its own. */
  readonly title: string;
  readonly width: PageWidth;
  readonly script?: PageScript | undefined;
  /** Where the browser goes on to by itself, a second after all is loaded. */
  readonly goesOnTo?: string | undefined;
  readonly children: Child;
};

/** The frame of every page. */
const Document: FC<DocumentProps> = (props) => {
  const { text, brand, title, width, script, goesOnTo, children } = props;
  const { brand: colors, style, icon } = pageAssets(brand);
  return (
    <html lang={text.lang} dir={text.dir}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        {goesOnTo !== undefined && <meta http-equiv="refresh" content={`1;url=${goesOnTo}`} />}
        <title>{text.documentTitle(title, brand.name)}</title>
        <link rel="icon" href={assetPath(icon)} type="image/svg+xml" />
        <link rel="stylesheet" href={assetPath(colors)} />
        <link rel="stylesheet" href={assetPath(style)} />
        {script?.style !== undefined && <link rel="stylesheet" href={assetPath(script.style)} />}
        {script !== undefined && <script src={assetPath(script.code)} defer />}
      </head>
      <body class={width}>
        <header class="brand">
          <BrandMark brand={brand} />
        </header>
        <main>{children}</main>
      </body>
    </html>
  );
};

const BrandMark: FC<{ readonly brand: Brand }> = ({ brand: { name, logoUri } }) =>
  logoUri === null ? (
    <>
      <span class="mark" aria-hidden="true">
        {Array.from(name)[0]?.toUpperCase()}
      </span>
      <span class="brand-name">{name}</span>
    </>
  ) : (
    <img class="logo" src={logoUri} alt={name} />
  );

export type NoticeProps = {
  readonly tone: 'danger' | 'good' | 'warning' | 'plain';
  readonly id?: string | undefined;
  readonly children: Child;
};

/** Something to be noticed. What went wrong is read out at once. */
export const Notice: FC<NoticeProps> = ({ tone, id, children }) => (
  <div class={`notice ${tone}`} id={id} role={ROLES[tone]}>
    {children}
  </div>
);

const ROLES = { danger: 'alert', good: 'status', warning: undefined, plain: undefined } as const;

/** A link that a client named: to the web, or to nowhere. Does not tell where its reader came from. */
export const OutsideLink: FC<{ readonly href: string | null; readonly label: string }> = ({
  href,
  label,
}) =>
  isWeb(href) ? (
    <a href={href} rel="noopener noreferrer nofollow">
      {label}
    </a>
  ) : null;

function isWeb(href: string | null): href is string {
  const protocol = URL.parse(href ?? '')?.protocol;
  return protocol === 'https:' || protocol === 'http:';
}
