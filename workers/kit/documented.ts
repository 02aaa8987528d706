/**
 * The parts that descriptions of routes share. A route is made by `createRoute`, so its schemas
 * check requests, type its handler and are published as OpenAPI.
 *
 * @module
 */

import { z } from '@hono/zod-openapi';

import { ERROR_CODES, type ErrorCode } from '../../shared/contracts/http/error-codes.ts';

type DocumentedResponse<Type extends string, S> = {
  readonly description: string;
  readonly content: { readonly [T in Type]: { readonly schema: S } };
};

/** A response with a JSON body. */
export const json = <S extends z.ZodType>(
  schema: S,
  description: string,
): DocumentedResponse<'application/json', S> => ({
  description,
  content: { 'application/json': { schema } },
});

/** A time in a JSON body, such as `2025-01-31T12:00:00.000Z`. */
export const instant = z.iso.datetime();

/**
 * A request with a JSON body, which is required. Its objects are strict (`z.strictObject`), so that
 * members that they do not have are refused: a test asks every operation.
 */
export const jsonBody = <S extends z.ZodType>(
  schema: S,
): {
  readonly body: {
    readonly required: true;
    readonly content: { readonly 'application/json': { readonly schema: S } };
  };
} => ({ body: { required: true, content: { 'application/json': { schema } } } });

/** A request whose JSON body may be left out. */
export const optionalJsonBody = <S extends z.ZodType>(
  schema: S,
): {
  readonly body: { readonly content: { readonly 'application/json': { readonly schema: S } } };
} => ({ body: { content: { 'application/json': { schema } } } });

/** A problem document (RFC 9457) with our own members. */
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

const OF_ALL = [
  'RATE_LIMITED',
  'INTERNAL_ERROR',
  'SERVICE_UNAVAILABLE',
] as const satisfies readonly ErrorCode[];

/** The problems of an operation, by status. What every operation may answer is added. */
export function problems(
  ...codes: readonly ErrorCode[]
): Record<string, DocumentedResponse<'application/problem+json', typeof ProblemSchema>> {
  const byStatus = Map.groupBy(new Set([...codes, ...OF_ALL]), (code) => ERROR_CODES[code].status);
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

/** The problems of every operation that takes a body. */
export const BODY_PROBLEMS = [
  'VALIDATION_ERROR',
  'PAYLOAD_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
] as const satisfies readonly ErrorCode[];

/**
 * The problems of every operation that takes an access token, such as those behind `requireUser`.
 */
export const USER_PROBLEMS = [
  'AUTH_TOKEN_MISSING',
  'AUTH_TOKEN_INVALID',
  'AUTH_TOKEN_EXPIRED',
  'AUTH_TOKEN_REVOKED',
] as const satisfies readonly ErrorCode[];

/** The problems of every operation that checks whether the session still lives. */
export const SESSION_PROBLEMS = [
  'SESSION_TERMINATED',
  'SESSION_EXPIRED',
] as const satisfies readonly ErrorCode[];

/** The problems of every operation behind `requireAdministrator`. */
export const ADMINISTRATOR_PROBLEMS = [
  ...USER_PROBLEMS,
  'AUTHZ_DENIED',
] as const satisfies readonly ErrorCode[];

/** The problems of every operation behind `requireScope`. */
export const SCOPE_PROBLEMS = [
  ...USER_PROBLEMS,
  'AUTH_SCOPE_INSUFFICIENT',
] as const satisfies readonly ErrorCode[];

export const BEARER_SCHEME = 'bearer';

/** How clients authenticate: with an access token (RFC 6750). */
export const SECURITY_SCHEMES = {
  [BEARER_SCHEME]: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
} as const;

/** The `security` of an operation that takes an access token. */
export const BEARER = [{ [BEARER_SCHEME]: [] }];

/** Distinguishes the operations of routes that are mounted twice. */
export type Mounting = {
  /** The prefix of each operation's id. */
  readonly prefix: string;
  readonly tag: string;
};

/** The id and the tag of an operation under one mounting. */
export function operation(
  { prefix, tag }: Mounting,
  name: string,
): { readonly operationId: string; readonly tags: string[] } {
  const capital = name.charAt(0).toUpperCase() + name.slice(1);
  return { operationId: prefix === '' ? name : prefix + capital, tags: [tag] };
}
