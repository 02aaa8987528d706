import { type OpenAPIHono, z } from '@hono/zod-openapi';

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

/** The fields by which a client authenticates that sends no `Authorization: Basic` (RFC 6749 §2.3, RFC 7523). */
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
  429: error('Too many requests: `temporarily_unavailable`, with `Retry-After`.'),
  503: error('It cannot be judged at the moment.'),
};

/**
 * Describes an endpoint in `/openapi.json` that judges its parameters itself, because its errors must be
 * those of RFC 6749: no route of a schema gives them.
 */
export function documentEndpoint(
  { openAPIRegistry }: Pick<OpenAPIHono, 'openAPIRegistry'>,
  endpoint: DocumentedEndpoint,
): void {
  const { path, operations, summary, form, answers, security } = endpoint;
  const body = { content: { 'application/x-www-form-urlencoded': { schema: form } } };
  const content = Object.fromEntries(
    Object.entries(answers).map(([type, schema]) => [type, { schema }]),
  );
  for (const method of ['get', 'post'] as const) {
    const operationId = operations[method];
    if (operationId === undefined) continue;
    openAPIRegistry.registerPath({
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
