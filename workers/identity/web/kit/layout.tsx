import { html, raw } from 'hono/html';
import type { Child, FC } from 'hono/jsx';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { pageHeaders } from '../../../kit/page.ts';
import type { RequestContext } from '../../../kit/request.ts';
import { isOpeningPage } from '../../platform/navigation.ts';
import { type Asset, type AssetSource, asset, assetPath } from './assets.ts';
import { type Brand, brandCss, iconSvg } from './brand.ts';
import { formActionSources } from './form-action.ts';
import { STYLE_CSS } from './style.ts';
import type { Text } from './text.ts';

/** What the frame of every page needs. */
export type RenderPageNeeds = { readonly config: { readonly brand: Brand } };

export type PageView = {
  readonly text: Text;
  readonly title: string;
  readonly content: Child;
  readonly status?: ContentfulStatusCode | undefined;
  /** `narrow` where absent. */
  readonly width?: PageWidth | undefined;
  /** The redirect URI of the client that waits for an answer: forms of the page may lead there. */
  readonly redirectUri?: string | undefined;
  /** Whether its form is sent to a client, whose redirects nobody can foresee. */
  readonly isSentToClient?: boolean;
  /** The pages of others that it frames. */
  readonly frames?: readonly URL[] | undefined;
  /** Where the browser goes on to by itself, so many seconds after all is loaded. */
  readonly goesOn?: { readonly to: string; readonly after: 0 | 1 } | undefined;
  readonly script?: PageScript | undefined;
  /** Whom the script sends requests to, beside us. */
  readonly scriptAsks?: readonly URL[] | undefined;
  /** Seconds. */
  readonly retryAfter?: number | undefined;
};

/** For pages with little, much and very much to show. */
type PageWidth = 'narrow' | 'wide' | 'full';

/** What a page that has a script loads for it. */
type PageScript = { readonly code: Asset; readonly style?: Asset };

/** Answers with a page. */
export async function renderPage(
  c: RequestContext<RenderPageNeeds>,
  view: PageView,
): Promise<Response> {
  const { brand } = c.var.services.config;
  const { redirectUri, isSentToClient, frames, script, scriptAsks = [], retryAfter } = view;
  if (retryAfter !== undefined) c.header('retry-after', String(Math.ceil(retryAfter)));
  const title = isRefused(view) ? view.text.refusedTitle(view.title) : view.title;
  const shown = { ...view, title, brand };
  const document = await html`${raw('<!doctype html>')}${<Document {...shown} />}`;
  const headers = pageHeaders({
    formActions:
      isSentToClient === true ? 'any' : formActionSources(redirectUri, isOpeningPage(c.req.raw)),
    images: brand.logoUri === null ? [] : [new URL(brand.logoUri)],
    frames,
    scriptAsks: script === undefined ? undefined : scriptAsks,
  });
  return c.html(document, view.status ?? 200, headers);
}

/** Whether it is a page that says what is wrong with the form that was sent. */
const isRefused = ({ status = 200 }: PageView): boolean => status >= 400;

/** What every page loads. */
export const FRAME_ASSETS: readonly AssetSource<RenderPageNeeds>[] = [
  { name: 'brand.css', read: ({ config }) => brandStyle(config.brand) },
  { name: 'style.css', read: () => STYLE },
  { name: 'icon.svg', read: ({ config }) => icon(config.brand) },
];

const STYLE = asset('style', 'css', STYLE_CSS);
const brandStyle = (brand: Brand): Asset => asset('brand', 'css', brandCss(brand));
const icon = (brand: Brand): Asset => asset('icon', 'svg', iconSvg(brand));

/** The frame of every page. */
const Document: FC<PageView & { readonly brand: Brand }> = (props) => {
  const { text, brand, title, width = 'narrow', script, goesOn, content } = props;
  return (
    <html lang={text.lang} dir={text.dir}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        {goesOn !== undefined && (
          <meta http-equiv="refresh" content={`${goesOn.after};url=${goesOn.to}`} />
        )}
        <title>{text.documentTitle(title, brand.name)}</title>
        <link rel="icon" href={assetPath(icon(brand))} type="image/svg+xml" />
        <link rel="stylesheet" href={assetPath(brandStyle(brand))} />
        <link rel="stylesheet" href={assetPath(STYLE)} />
        {script?.style !== undefined && <link rel="stylesheet" href={assetPath(script.style)} />}
        {script !== undefined && <script src={assetPath(script.code)} defer />}
      </head>
      <body class={width}>
        <header class="brand">
          <BrandMark brand={brand} />
        </header>
        <main>{content}</main>
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

/** A message that stands out. Screen readers read out at once what went wrong. */
export const Notice: FC<NoticeProps> = ({ tone, id, children }) => (
  <div class={`notice ${tone}`} id={id} role={ROLES[tone]}>
    {children}
  </div>
);

const ROLES = { danger: 'alert', good: 'status', warning: undefined, plain: undefined } as const;

/**
 * A link to a page that a client named. Shows nothing where the page is not on the web; does not tell
 * the page where its reader came from.
 */
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
