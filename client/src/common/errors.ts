import { isObject, type JsonObject, textOf } from './json.ts';

/** An RFC 9457 problem document. `code` is registered; `docs/errors` of the server lists them. */
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
 * A request of the HTTP API that failed.
 *
 * `code` is the server's own, such as `AUTH_CREDENTIALS_INVALID`, or one of these:
 *
 * - `unreachable`: no answer came, or none of the server's own. Trying again may help.
 * - `signed_out`: nobody is signed in.
 */
export class SallyportError extends Error {
  override readonly name = 'SallyportError';
  readonly code: string;
  /** The HTTP status. `undefined` if no answer came. */
  readonly status: number | undefined;
  /** What the server said (RFC 9457). */
  readonly problem: ProblemDocument | undefined;
  /** The server asks to wait so long, in milliseconds (RFC 9110 §10.2.3). */
  readonly retryAfterMs: number | undefined;

  constructor(code: string, options: SallyportErrorOptions = {}) {
    super(options.problem?.detail ?? options.problem?.title ?? code, { cause: options.cause });
    this.code = code;
    this.status = options.status;
    this.problem = options.problem;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Reads a problem document. `undefined` if `value` is none with a code. */
export function toProblem(
  value: unknown,
): (ProblemDocument & { readonly code: string }) | undefined {
  if (!isObject(value)) return undefined;
  const code = textOf(value['code']);
  return code === undefined ? undefined : { ...plain(value), code };
}

/** What people are shown has the type that RFC 9457 gives it; the rest is as it came. */
function plain({ title, detail, ...rest }: JsonObject): ProblemDocument {
  const shown: { title?: string; detail?: string } = {};
  if (typeof title === 'string') shown.title = title;
  if (typeof detail === 'string') shown.detail = detail;
  return { ...rest, ...shown };
}
