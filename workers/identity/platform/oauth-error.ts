import { OAUTH_ERRORS, type OAuthErrorCode } from '../../../shared/oauth/error-codes.ts';
import { errorDescription } from '../../../shared/oauth/error-description.ts';

export type OAuthErrorOptions = {
  /** For the client's developer. It must hold no secret, and nothing that helps an attacker. */
  readonly description?: string | undefined;
  /** Overrides the code's own status. */
  readonly status?: number;
  /** Seconds. */
  readonly retryAfter?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A message, or what was thrown. It is logged and never sent. */
  readonly cause?: unknown;
};

/** The refusal of a request to an OAuth endpoint, with the error code of its RFC. */
export class OAuthError extends Error {
  override readonly name = 'OAuthError';
  readonly code: OAuthErrorCode;
  readonly options: OAuthErrorOptions;

  constructor(code: OAuthErrorCode, description?: string, options: OAuthErrorOptions = {}) {
    super(`${code}: ${description ?? ''}`, { cause: options.cause });
    this.code = code;
    this.options = { ...options, description };
  }

  get status(): number {
    return this.options.status ?? OAUTH_ERRORS[this.code].status;
  }
}

/** `error`, and `error_description` in the characters that it may have (RFC 6749 §5.2). */
export function errorMembers({ code, options }: OAuthError): Readonly<Record<string, string>> {
  const { description } = options;
  if (description === undefined) return { error: code };
  return { error: code, error_description: errorDescription(description) };
}

/** The error as a direct answer (RFC 6749 §5.2). */
export function oauthErrorResponse(error: OAuthError): Response {
  const { retryAfter, headers } = error.options;
  const response = Response.json(errorMembers(error), {
    status: error.status,
    headers: { 'cache-control': 'no-store', ...headers },
  });
  if (retryAfter !== undefined) response.headers.set('retry-after', String(Math.ceil(retryAfter)));
  return response;
}
