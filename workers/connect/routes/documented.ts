import { z } from '@hono/zod-openapi';

import { ERROR_CODES, type ErrorCode } from '../../../shared/contracts/http/error-codes.ts';

const ProblemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    instance: z.string(),
    code: z.string().openapi({ description: 'Registered: clients switch on it.' }),
    correlationId: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .openapi('Problem');

type Response<Type extends string, S> = {
  readonly description: string;
  readonly content: { readonly [T in Type]: { readonly schema: S } };
};

export const json = <S extends z.ZodType>(
  schema: S,
  description: string,
): Response<'application/json', S> => ({
  description,
  content: { 'application/json': { schema } },
});

/** The problems of an operation, by status. What every operation may answer is added. */
export function problems(
  ...codes: readonly ErrorCode[]
): Record<string, Response<'application/problem+json', typeof ProblemSchema>> {
  const all: readonly ErrorCode[] = [...codes, 'INTERNAL_ERROR', 'SERVICE_UNAVAILABLE'];
  const byStatus = Map.groupBy(all, (code) => ERROR_CODES[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, same]) => [
      String(status),
      {
        description: same.map((code) => `\`${code}\`: ${ERROR_CODES[code].title}.`).join(' '),
        content: { 'application/problem+json': { schema: ProblemSchema } },
      },
    ]),
  );
}

export const BODY_PROBLEMS = [
  'VALIDATION_ERROR',
  'PAYLOAD_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
] as const satisfies readonly ErrorCode[];

/** Of every route that takes an access token. */
export const TOKEN_PROBLEMS = [
  'AUTH_TOKEN_MISSING',
  'AUTH_TOKEN_INVALID',
  'AUTH_TOKEN_EXPIRED',
  'AUTH_TOKEN_REVOKED',
] as const satisfies readonly ErrorCode[];

/** Of every route that an administrator alone may use. */
export const ADMIN_PROBLEMS = [
  ...TOKEN_PROBLEMS,
  'AUTHZ_DENIED',
] as const satisfies readonly ErrorCode[];

/** Of every route that a service may use. */
export const PUBLISHER_PROBLEMS = [
  ...TOKEN_PROBLEMS,
  'AUTH_SCOPE_INSUFFICIENT',
] as const satisfies readonly ErrorCode[];

export const BEARER = [{ bearer: [] }];
