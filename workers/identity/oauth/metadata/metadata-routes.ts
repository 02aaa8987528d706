import { OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { json } from '../../../kit/documented.ts';
import type { Config } from '../../config.ts';
import type { AppEnv, IdentityApp } from '../../context.ts';
import { type Metadata, resourceMetadata, serverMetadata } from './server-metadata.ts';

/** Short: a setting that changes is heard of soon. */
const CACHE_CONTROL = 'public, max-age=300';

type Document = {
  readonly name: string;
  readonly operationId: string;
  readonly build: (config: Config) => Metadata | undefined;
  /** Whose path follows the well-known one (RFC 8414 §3, RFC 9728 §3). */
  readonly subject: (config: Config) => string;
};

const DOCUMENTS: readonly Document[] = [
  {
    name: 'openid-configuration',
    operationId: 'readOpenIdConfiguration',
    build: serverMetadata,
    subject: ({ issuer }) => issuer,
  },
  {
    name: 'oauth-authorization-server',
    operationId: 'readServerMetadata',
    build: serverMetadata,
    subject: ({ issuer }) => issuer,
  },
  {
    name: 'oauth-protected-resource',
    operationId: 'readResourceMetadata',
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
  for (const { name, operationId, build, subject } of DOCUMENTS) {
    const answer = (c: Context<AppEnv>) => {
      const { config } = c.var.services;
      const [, path = ''] = c.req.path.split(`/.well-known/${name}`);
      const document = isPathOf(subject(config), path) ? build(config) : undefined;
      if (document === undefined) return c.notFound();
      return c.json(document, 200, { 'cache-control': CACHE_CONTROL });
    };
    app.get(`/${name}`, answer);
    app.get(`/${name}/*`, answer);
    documentMetadata(app, name, operationId);
  }
  return app;
}

const AnyDocument = z.looseObject({}).openapi('Metadata');

function documentMetadata(app: IdentityApp, name: string, operationId: string): void {
  app.openAPIRegistry.registerPath({
    operationId: operationId,
    tags: ['oauth'],
    method: 'get',
    path: `/${name}`,
    summary: `The document ${name} (RFC 8414, OpenID Connect Discovery, RFC 9728)`,
    responses: { 200: json(AnyDocument, 'May be cached.') },
  });
}

const isPathOf = (url: string, path: string): boolean =>
  path === '' || path === URL.parse(url)?.pathname.replace(/\/$/, '');
