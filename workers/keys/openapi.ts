import { type OpenAPIHono, z } from '@hono/zod-openapi';

import type { OpenApiDocument } from '../../shared/contracts/identity/identity-rpc.ts';
import type { KeysHono } from './context.ts';

/** RFC 9457, with our own members. */
const ProblemDocument = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    instance: z.string(),
    code: z.string(),
    correlationId: z.string(),
  })
  .openapi('Problem');

/** A response of the API description that is a problem document. */
export function problem(description: string): {
  description: string;
  content: { 'application/problem+json': { schema: typeof ProblemDocument } };
} {
  return { description, content: { 'application/problem+json': { schema: ProblemDocument } } };
}

export const bearer = [{ accessToken: [] }];

/** The routes of `app`, as data that crosses a Worker boundary. */
export function describeRoutes(app: OpenAPIHono<KeysHono>): OpenApiDocument {
  const { openapi, info, paths, components } = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: { title: 'Sallyport keys', version: '0.1.0' },
    tags: [{ name: 'keys', description: 'Signing keys' }],
  });
  return { openapi, info, paths: { ...paths }, components: { ...components } };
}
