import { OpenAPIHono, z } from '@hono/zod-openapi';
import { json } from '../../../kit/documented.ts';
import { notFound } from '../../../kit/problems.ts';
import type { RequestContext, RequestEnv } from '../../../kit/request.ts';
import {
  type Metadata,
  type MetadataConfig,
  resourceMetadata,
  serverMetadata,
} from './server-metadata.ts';

/** Clients see a changed setting after this time at most. */
const CACHE_CONTROL = 'public, max-age=300';

type Document = {
  readonly name: string;
  readonly operationId: string;
  readonly build: (config: MetadataConfig) => Metadata | undefined;
  /** The URL whose path follows the well-known one (RFC 8414 §3, RFC 9728 §3). */
  readonly subject: (config: MetadataConfig) => string;
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

export type MetadataNeeds = { readonly config: MetadataConfig };

/**
 * The metadata documents. The path of an audience follows the well-known one (RFC 9728 §3.1). An issuer
 * has no path.
 */
export function metadataRoutes(): OpenAPIHono<RequestEnv<MetadataNeeds>> {
  const app = new OpenAPIHono<RequestEnv<MetadataNeeds>>();
  for (const { name, operationId, build, subject } of DOCUMENTS) {
    const answer = (c: RequestContext<MetadataNeeds>) => {
      const { config } = c.var.services;
      const [, path = ''] = c.req.path.split(`/.well-known/${name}`);
      const document = isPathOf(subject(config), path) ? build(config) : undefined;
      if (document === undefined) return notFound(c);
      return c.json(document, 200, { 'cache-control': CACHE_CONTROL });
    };
    app.get(`/${name}`, answer);
    app.get(`/${name}/*`, answer);
    documentMetadata(app, name, operationId);
  }
  return app;
}

const AnyDocument = z.looseObject({}).openapi('Metadata');

function documentMetadata(
  { openAPIRegistry }: Pick<OpenAPIHono, 'openAPIRegistry'>,
  name: string,
  operationId: string,
): void {
  openAPIRegistry.registerPath({
    operationId,
    tags: ['oauth'],
    method: 'get',
    path: `/${name}`,
    summary: `The document ${name} (RFC 8414, OpenID Connect Discovery, RFC 9728)`,
    responses: { 200: json(AnyDocument, 'May be cached.') },
  });
}

const isPathOf = (url: string, path: string): boolean =>
  path === '' || path === URL.parse(url)?.pathname.replace(/\/$/, '');
