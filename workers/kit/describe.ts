import type { OpenAPIHono } from '@hono/zod-openapi';

import type { OpenApiDocument } from '../../shared/contracts/http/worker-rpc.ts';

export type WorkerDescription = {
  /** The Worker's short name. */
  readonly name: string;
  readonly tags: NonNullable<OpenApiDocument['tags']>;
  /** Operations that no router sees, such as an upgrade to a WebSocket. */
  readonly paths?: OpenApiDocument['paths'];
};

/**
 * Describes the Worker's routes as an OpenAPI document of plain data, which RPC can pass on. `edge`
 * merges the documents of all Workers into one.
 */
export function describeWorker(
  app: Pick<OpenAPIHono, 'getOpenAPI31Document'>,
  { name, tags, paths = {} }: WorkerDescription,
): OpenApiDocument {
  const info = { title: `Sallyport ${name}`, version: '1' };
  const document = app.getOpenAPI31Document({ openapi: '3.1.0', info, tags: [...tags] });
  const { openapi, components } = document;
  const described = { openapi, info, paths: { ...paths, ...document.paths }, components, tags };
  return JSON.parse(JSON.stringify(described));
}
