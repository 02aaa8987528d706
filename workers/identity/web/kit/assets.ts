import { fnv1a } from '../../../../shared/fnv1a.ts';
import type { RequestContext } from '../../../kit/request.ts';
import { PageError } from './page-error.ts';

/** Where a page or the asset route gets a file that pages load. */
export type AssetSource<Needs> = {
  /** The file's name without its fingerprint, such as `queue.js`. */
  readonly name: string;
  readonly read: (needs: Needs) => Asset | Promise<Asset>;
};

/** A picture that is opened by itself loads and runs nothing. */
const POLICY = "default-src 'none'; frame-ancestors 'none'";

/**
 * `GET /pages/:file`. A page of the version before this one still gets its styles, but is not told to
 * keep them.
 */
export const answerAsset =
  <Needs>(sources: readonly AssetSource<Needs>[]) =>
  async (c: RequestContext<Needs>): Promise<Response> => {
    const file = c.req.param('file') ?? '';
    const source = sources.find(({ name }) => name === file.replace(FINGERPRINT, ''));
    if (source === undefined) throw new PageError('not_found');
    const found = await source.read(c.var.services);
    return c.body(found.content, 200, {
      'content-type': found.type,
      'content-security-policy': POLICY,
      'x-content-type-options': 'nosniff',
      'cache-control': found.file === file ? 'public, max-age=31536000, immutable' : 'no-cache',
    });
  };

export type Asset = {
  /** The file's name, which changes with the content. */
  readonly file: string;
  readonly type: string;
  readonly content: string;
};

export const assetPath = ({ file }: Asset): string => `/pages/${file}`;

const TYPES = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
} as const;

export const asset = (name: string, extension: keyof typeof TYPES, content: string): Asset => ({
  file: `${name}-${fingerprint(content)}.${extension}`,
  type: TYPES[extension],
  content,
});

const FINGERPRINT = /-[0-9a-z]+(?=\.[a-z]+$)/;

/** Names a version of a file, so that browsers may keep it for good. It protects nothing. */
const fingerprint = (text: string): string => fnv1a(text).toString(36);
