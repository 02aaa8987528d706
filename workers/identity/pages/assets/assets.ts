import type { Brand } from '../brand/brand.ts';
import { brandCss } from '../brand/brand-css.ts';
import { INSPECTOR_SCRIPT } from '../inspector/inspector-script.ts';
import { INSPECTOR_CSS } from '../inspector/inspector-style.ts';
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

type AssetName = 'brand' | 'style' | 'icon' | 'queue' | 'inspector' | 'inspectorStyle';
type Assets = Readonly<Record<AssetName, Asset>>;

export const assetPath = ({ file }: Asset): string => `/pages/${file}`;

export function pageAssets(brand: Brand): Assets {
  return {
    brand: asset('brand', 'css', CSS, brandCss(brand)),
    style: STYLE,
    queue: QUEUE,
    inspector: INSPECTOR,
    inspectorStyle: INSPECTOR_STYLE,
    icon: asset('icon', 'svg', 'image/svg+xml', iconSvg(brand)),
  };
}

const asset = (name: string, extension: string, type: string, content: string): Asset => ({
  file: `${name}-${fingerprint(content)}.${extension}`,
  type,
  content,
});

const CSS = 'text/css; charset=utf-8';
const JAVASCRIPT = 'text/javascript; charset=utf-8';

const STYLE = asset('style', 'css', CSS, STYLE_CSS);
const QUEUE = asset('queue', 'js', JAVASCRIPT, QUEUE_SCRIPT);
const INSPECTOR = asset('inspector', 'js', JAVASCRIPT, INSPECTOR_SCRIPT);
const INSPECTOR_STYLE = asset('inspector', 'css', CSS, INSPECTOR_CSS);
