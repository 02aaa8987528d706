import { ERROR_CODES, type ErrorCode } from '../contracts/http/error-codes.ts';

/** The fault of one field of a request. */
export type FieldError = { readonly path: string; readonly message: string };

export type ProblemOptions = {
  /**
   * What went wrong, for people. It never contains a secret, a token, or a hint that an account
   * exists.
   */
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
  /** Seconds. Overrides the code's own default. */
  readonly retryAfter?: number;
  /** For the log. It is never serialized. */
  readonly cause?: unknown;
  /** Further members of the problem document (RFC 9457 §3.2). */
  readonly extensions?: Readonly<Record<string, unknown>>;
  /** Further headers of the response, which override the problem's own. */
  readonly headers?: Readonly<Record<string, string>>;
};

/** A request that cannot be served. Routes throw it, and {@link problemResponse} renders it. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ErrorCode;
  readonly options: ProblemOptions;

  constructor(code: ErrorCode, options: ProblemOptions = {}) {
    super(`${code}: ${options.detail ?? ERROR_CODES[code].title}`, { cause: options.cause });
    this.code = code;
    this.options = options;
  }
}

export type RequestIds = {
  /** The `x-correlation-id` of the request. */
  readonly correlationId: string;
  /** The path of the request: the `instance` of the problem. */
  readonly instance: string;
};

/**
 * Renders a problem document.
 *
 * @see [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)
 */
export function problemResponse(
  { code, options }: Pick<Problem, 'code' | 'options'>,
  { correlationId, instance }: RequestIds,
): Response {
  const { status, title, ...rest } = ERROR_CODES[code];
  const retryAfter = options.retryAfter ?? ('retryAfter' in rest ? rest.retryAfter : undefined);
  const body = {
    type: `/docs/errors#${code}`,
    title,
    status,
    ...(options.detail === undefined ? {} : { detail: options.detail }),
    instance,
    code,
    correlationId,
    ...(options.errors === undefined ? {} : { errors: options.errors }),
    ...options.extensions,
  };
  const headers = new Headers({
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
  });
  if (retryAfter !== undefined) headers.set('retry-after', String(Math.ceil(retryAfter)));
  if (status === 401) headers.set('www-authenticate', challenge(code));
  for (const [name, value] of Object.entries(options.headers ?? {})) headers.set(name, value);
  return new Response(JSON.stringify(body), { status, headers });
}

/** RFC 6750 §3: no `error` where the request carried no token at all. */
function challenge(code: ErrorCode): string {
  if (!code.startsWith('AUTH_TOKEN') && code !== 'AUTH_CLAIMS_INVALID') return 'Bearer';
  return code === 'AUTH_TOKEN_MISSING' ? 'Bearer' : 'Bearer error="invalid_token"';
}
