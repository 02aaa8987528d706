import type { Brand } from '../brand/brand.ts';
import { brandCss } from '../brand/brand-css.ts';
import { QUEUE_SCRIPT } from '../queue/queue-script.ts';
import { fingerprint } from './fingerprint.ts';
import { iconSvg } from './icon.ts';
import { STYLE_CSS } from './style.ts';

type Asset = {
  /** Changes with the content. */
  readonly file: string;
  readonly type: string;
  readonly content: string;
};

type Assets = Readonly<Record<'brand' | 'style' | 'icon' | 'queue', Asset>>;

export const assetPath = ({ file }: Asset): string => `/pages/${file}`;

export function pageAssets(brand: Brand): Assets {
  return {
    brand: asset('brand', 'css', 'text/css; charset=utf-8', brandCss(brand)),
    style: STYLE,
    queue: QUEUE,
    icon: asset('icon', 'svg', 'image/svg+xml', iconSvg(brand)),
  };
}

const asset = (name: string, extension: string, type: string, content: string): Asset => ({
  file: `${name}-${fingerprint(content)}.${extension}`,
  type,
  content,
});

const STYLE = asset('style', 'css', 'text/css; charset=utf-8', STYLE_CSS);
const QUEUE = asset('queue', 'js', 'text/javascript; charset=utf-8', QUEUE_SCRIPT);
