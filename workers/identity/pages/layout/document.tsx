import type { Child, FC } from 'hono/jsx';

import { assetPath, pageAssets } from '../assets/assets.ts';
import type { Brand } from '../brand/brand.ts';
import type { Text } from '../text/text.ts';

export type DocumentProps = {
  readonly text: Text;
  readonly brand: Brand;
  /** Of the page: also its heading, unless it brings its own. */
  readonly title: string;
  /** For pages with much to show. */
  readonly isWide: boolean;
  readonly runsScript: boolean;
  /** Where the browser goes on to by itself, a second after all is loaded. */
  readonly goesOnTo?: string | undefined;
  readonly children: Child;
};

/** The frame of every page. */
export const Document: FC<DocumentProps> = (props) => {
  const { text, brand, title, isWide, runsScript, goesOnTo, children } = props;
  const { brand: colors, style, icon, queue } = pageAssets(brand);
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
        {runsScript && <script src={assetPath(queue)} defer />}
      </head>
      <body class={isWide ? 'wide' : 'narrow'}>
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
