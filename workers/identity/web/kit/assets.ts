import type { Context } from 'hono';
import type { AppEnv, Services } from '../../context.ts';
import { INSPECTOR_CSS } from '../inspector/inspector-style.ts';
import { QUEUE_SCRIPT } from '../queue/queue-script.ts';
import { type Brand, brandCss, inkOn } from './brand.ts';
import { PageError } from './page-error.ts';
import { STYLE_CSS } from './style.ts';

const FINGERPRINT = /-[0-9a-z]+(?=\.[a-z]+$)/;

/** A picture that is opened by itself loads and runs nothing. */
const POLICY = "default-src 'none'; frame-ancestors 'none'";

/**
 * `GET /pages/:file`. A page of the version before this one still gets its styles, but is not told to
 * keep them.
 */
export async function answerAsset(c: Context<AppEnv, '/pages/:file'>): Promise<Response> {
  const file = c.req.param('file');
  const asset = await assetNamed(nameOf(file), c.var.services);
  if (asset === undefined) throw new PageError('not_found');
  return c.body(asset.content, 200, {
    'content-type': asset.type,
    'content-security-policy': POLICY,
    'x-content-type-options': 'nosniff',
    'cache-control': asset.file === file ? 'public, max-age=31536000, immutable' : 'no-cache',
  });
}

async function assetNamed(
  name: string,
  { config, inspectorScript }: Pick<Services, 'config' | 'inspectorScript'>,
): Promise<Asset | undefined> {
  if (name === 'inspector.js') return inspectorAsset(await inspectorScript());
  return Object.values(pageAssets(config.brand)).find(({ file }) => nameOf(file) === name);
}

const nameOf = (file: string): string => file.replace(FINGERPRINT, '');

export type Asset = {
  /** Changes with the content. */
  readonly file: string;
  readonly type: string;
  readonly content: string;
};

type AssetName = 'brand' | 'style' | 'icon' | 'queue' | 'inspectorStyle';
type Assets = Readonly<Record<AssetName, Asset>>;

export const assetPath = ({ file }: Asset): string => `/pages/${file}`;

export function pageAssets(brand: Brand): Assets {
  return {
    brand: asset('brand', 'css', CSS, brandCss(brand)),
    style: STYLE,
    queue: QUEUE,
    inspectorStyle: INSPECTOR_STYLE,
    icon: asset('icon', 'svg', 'image/svg+xml', iconSvg(brand)),
  };
}

/** The script of `web/inspector/`, of which {@link Services} has the text. */
export const inspectorAsset = (script: string): Asset =>
  asset('inspector', 'js', JAVASCRIPT, script);

const asset = (name: string, extension: string, type: string, content: string): Asset => ({
  file: `${name}-${fingerprint(content)}.${extension}`,
  type,
  content,
});

const CSS = 'text/css; charset=utf-8';
const JAVASCRIPT = 'text/javascript; charset=utf-8';

const STYLE = asset('style', 'css', CSS, STYLE_CSS);
const QUEUE = asset('queue', 'js', JAVASCRIPT, QUEUE_SCRIPT);
const INSPECTOR_STYLE = asset('inspector', 'css', CSS, INSPECTOR_CSS);

/**
 * Names a version of a file, so that browsers may keep it for good: FNV-1a, 32 bits. Tells versions
 * apart; does NOT protect them.
 */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return (hash >>> 0).toString(36);
}

/** A gate in a wall, in the brand's colour. */
const iconSvg = ({ color }: Pick<Brand, 'color'>): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="${color}"/><path d="M10 25V15a6 6 0 0 1 12 0v10h-4v-9a2 2 0 0 0-4 0v9z" fill="${inkOn(color)}"/></svg>
`;
