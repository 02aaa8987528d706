import { OpenAPIHono } from '@hono/zod-openapi';

import type { Config } from '../../config.ts';
import type { AppEnv, IdentityApp } from '../../context.ts';
import { resourceMetadata } from './resource-metadata.ts';
import { type Metadata, serverMetadata } from './server-metadata.ts';

/** Short: a setting that changes is heard of soon. */
const CACHE_CONTROL = 'public, max-age=300';

type Document = {
  readonly name: string;
  readonly build: (config: Config) => Metadata | undefined;
  /** Whose path follows the well-known one (RFC 8414 §3, RFC 9728 §3). */
  readonly subject: (config: Config) => string;
};

const DOCUMENTS: readonly Document[] = [
  { name: 'openid-configuration', build: serverMetadata, subject: ({ issuer }) => issuer },
  { name: 'oauth-authorization-server', build: serverMetadata, subject: ({ issuer }) => issuer },
  {
    name: 'oauth-protected-resource',
    build: resourceMetadata,
    subject: ({ audience }) => audience,
  },
];

/**
 * The metadata documents. An issuer with a path has it after the well-known one (RFC 8414 §3.1), and
 * for OpenID Connect Discovery §4.1 before it: what comes before is the edge's to route.
 */
export function metadataRoutes(): IdentityApp {
  const app = new OpenAPIHono<AppEnv>();
  for (const { name, build, subject } of DOCUMENTS) {
    app.get(`/${name}/*`, (c) => {
      const { config } = c.var.services;
      const [, path = ''] = c.req.path.split(`/.well-known/${name}`);
      const document = isPathOf(subject(config), path) ? build(config) : undefined;
      if (document === undefined) return c.notFound();
      return c.json(document, 200, { 'cache-control': CACHE_CONTROL });
    });
  }
  return app;
}

const isPathOf = (url: string, path: string): boolean =>
  path === '' || path === URL.parse(url)?.pathname.replace(/\/$/, '');
