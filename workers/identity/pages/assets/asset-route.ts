import type { Context } from 'hono';

import type { AppEnv } from '../../context.ts';
import { PageError } from '../errors/page-error.ts';
import { pageAssets } from './assets.ts';

const FINGERPRINT = /-[0-9a-z]+(?=\.[a-z]+$)/;

/** A picture that is opened by itself loads and runs nothing. */
const POLICY = "default-src 'none'; frame-ancestors 'none'";

/**
 * `GET /pages/:file`. A page of the version before this one still gets its styles, but is not told to
 * keep them.
 */
export function answerAsset(c: Context<AppEnv, '/pages/:file'>): Response {
  const file = c.req.param('file');
  const assets = Object.values(pageAssets(c.var.services.config.brand));
  const asset = assets.find((one) => nameOf(one.file) === nameOf(file));
  if (asset === undefined) throw new PageError('not_found');
  return c.body(asset.content, 200, {
    'content-type': asset.type,
    'content-security-policy': POLICY,
    'x-content-type-options': 'nosniff',
    'cache-control': asset.file === file ? 'public, max-age=31536000, immutable' : 'no-cache',
  });
}

const nameOf = (file: string): string => file.replace(FINGERPRINT, '');
