import type { z } from '@hono/zod-openapi';

import { ERROR_CODES, type ErrorCode } from '../../../shared/contracts/http/error-codes.ts';
import { ProblemSchema } from '../api/replies.ts';
import { ACCOUNT_SCOPE } from '../oauth/clients/scopes.ts';

/** Tells the operations of one mounting of the same routes from those of another. */
export type Mounting = {
  /** Goes before each operation's id. */
  readonly prefix: string;
  readonly tag: string;
};

export function operation(
  { prefix, tag }: Mounting,
  name: string,
): { readonly operationId: string; readonly tags: string[] } {
  const capital = name.charAt(0).toUpperCase() + name.slice(1);
  return { operationId: prefix === '' ? name : prefix + capital, tags: [tag] };
}

type JsonResponse<S> = {
  readonly description: string;
  readonly content: { readonly 'application/json': { readonly schema: S } };
};

export const json = <S extends z.ZodType>(schema: S, description: string): JsonResponse<S> => ({
  description,
  content: { 'application/json': { schema } },
});

type ProblemResponse = {
  readonly description: string;
  readonly content: {
    readonly 'application/problem+json': { readonly schema: typeof ProblemSchema };
  };
};

/** The problems of an operation, by status. What every operation may answer is added. */
export function problems(...codes: readonly ErrorCode[]): Record<string, ProblemResponse> {
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

export const USER_PROBLEMS = [
  'AUTH_TOKEN_MISSING',
  'AUTH_TOKEN_INVALID',
  'AUTH_TOKEN_EXPIRED',
  'AUTH_TOKEN_REVOKED',
] as const satisfies readonly ErrorCode[];

export const SESSION_PROBLEMS = [
  'SESSION_TERMINATED',
  'SESSION_EXPIRED',
] as const satisfies readonly ErrorCode[];

export const BEARER = [{ bearer: [] }];

/** Of every route behind `requireUser`. `x-sallyport-permission` is for the hub: whom it lists it for. */
export const FOR_USERS = {
  security: BEARER,
  'x-sallyport-permission': { scopes: [ACCOUNT_SCOPE], ownClient: 'suffices' },
};
