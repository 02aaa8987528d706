import { isObject, type JsonObject, textOf } from './json.ts';

/** An RFC 9457 problem document. The server lists the values of `code` at `/docs/errors`. */
export type ProblemDocument = {
  readonly type?: string;
  readonly title?: string;
  readonly status?: number;
  readonly detail?: string;
  readonly code?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
  readonly [member: string]: unknown;
};

export type SallyportErrorOptions = {
  readonly status?: number | undefined;
  readonly problem?: ProblemDocument | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
};

/**
 * A request to the HTTP API that failed.
 *
 * `code` is a code of the server, such as `AUTH_CREDENTIALS_INVALID`, or one of these:
 *
 * - `unreachable`: no answer came, or it came from a proxy. Trying again may help.
 * - `signed_out`: nobody is signed in.
 */
export class SallyportError extends Error {
  override readonly name = 'SallyportError';
  readonly code: string;
  /** The HTTP status; `undefined` if no answer came. */
  readonly status: number | undefined;
  /** The body of the server's answer (RFC 9457). */
  readonly problem: ProblemDocument | undefined;
  /** How long the server asks the client to wait, in milliseconds (RFC 9110 §10.2.3). */
  readonly retryAfterMs: number | undefined;

  constructor(code: string, options: SallyportErrorOptions = {}) {
    super(options.problem?.detail ?? options.problem?.title ?? code, { cause: options.cause });
    this.code = code;
    this.status = options.status;
    this.problem = options.problem;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Reads a problem document. Returns `undefined` if `value` is not an object with a `code`. */
export function toProblem(
  value: unknown,
): (ProblemDocument & { readonly code: string }) | undefined {
  if (!isObject(value)) return undefined;
  const code = textOf(value['code']);
  return code === undefined ? undefined : { ...withTextMembers(value), code };
}

/** Drops a `title` or `detail` that is not text, because applications show these to people. */
function withTextMembers({ title, detail, ...rest }: JsonObject): ProblemDocument {
  const shown: { title?: string; detail?: string } = {};
  if (typeof title === 'string') shown.title = title;
  if (typeof detail === 'string') shown.detail = detail;
  return { ...rest, ...shown };
}
