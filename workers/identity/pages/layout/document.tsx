import type { Child, FC } from 'hono/jsx';

import { assetPath, pageAssets } from '../assets/assets.ts';
import type { Brand } from '../brand/brand.ts';
import type { Text } from '../text/text.ts';

/** For pages with little, much and very much to show. */
export type PageWidth = 'narrow' | 'wide' | 'full';

/** A page that has a script, and what it loads for it. */
export type PageScript = keyof typeof LOADED;

const LOADED = {
  queue: { script: 'queue', style: undefined },
  inspector: { script: 'inspector', style: 'inspectorStyle' },
} as const;

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
export const Document: FC<DocumentProps> = (props) => {
  const { text, brand, title, width, script, goesOnTo, children } = props;
  const assets = pageAssets(brand);
  const { brand: colors, style, icon } = assets;
  const more = script === undefined ? undefined : LOADED[script];
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
        {more?.style !== undefined && (
          <link rel="stylesheet" href={assetPath(assets[more.style])} />
        )}
        {more !== undefined && <script src={assetPath(assets[more.script])} defer />}
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
