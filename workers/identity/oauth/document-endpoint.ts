import { z } from '@hono/zod-openapi';

import type { IdentityApp } from '../context.ts';

export type DocumentedEndpoint = {
  readonly path: string;
  readonly summary: string;
  /** The id of each method's operation. */
  readonly operations: Readonly<Partial<Record<'get' | 'post', string>>>;
  /** The form that a `POST` takes. */
  readonly form: z.ZodObject;
  /** By media type. */
  readonly answers: Readonly<Record<string, z.ZodType>>;
  readonly security?: Record<string, string[]>[];
};

/** RFC 6749 §5.2. */
export const OAuthErrorSchema = z
  .object({
    error: z.string().openapi({ example: 'invalid_request' }),
    error_description: z.string().optional(),
  })
  .openapi('OAuthError');

/** How a client says who it is where it sends no `Authorization: Basic` (RFC 6749 §2.3, RFC 7523). */
export const clientFields = {
  client_id: z.string().optional(),
  client_secret: z.string().optional(),
  client_assertion_type: z.string().optional(),
  client_assertion: z.string().optional(),
};

const error = (description: string) => ({
  description,
  content: { 'application/json': { schema: OAuthErrorSchema } },
});

const ERRORS = {
  400: error('The request is refused.'),
  401: error('The client or the token is refused.'),
  503: error('It cannot be judged at the moment.'),
};

/**
 * Tells `/openapi.json` of an endpoint that judges its parameters itself: its errors are those of
 * RFC 6749, which a schema's are not.
 */
export function documentEndpoint(app: IdentityApp, endpoint: DocumentedEndpoint): void {
  const { path, operations, summary, form, answers, security } = endpoint;
  const body = { content: { 'application/x-www-form-urlencoded': { schema: form } } };
  const content = Object.fromEntries(
    Object.entries(answers).map(([type, schema]) => [type, { schema }]),
  );
  for (const method of ['get', 'post'] as const) {
    const operationId = operations[method];
    if (operationId === undefined) continue;
    app.openAPIRegistry.registerPath({
      method,
      path,
      operationId,
      tags: ['oauth'],
      summary,
      ...(security === undefined ? {} : { security }),
      ...(method === 'post' ? { request: { body } } : {}),
      responses: { 200: { description: 'The answer.', content }, ...ERRORS },
    });
  }
}
