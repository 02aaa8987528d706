/** Why a page cannot be shown, in terms that its reader can act on. */
export type PageErrorKind =
  /** The interaction is over, or began in another browser. */
  | 'interaction_over'
  /** What a client asked of sign-out does not fit how it is registered. */
  | 'logout_refused'
  /** The queue may not lead to the address that it was given. */
  | 'return_refused'
  | 'form_foreign'
  | 'form_malformed'
  | 'form_too_large'
  | 'not_found'
  /** Too much came from the reader's address. */
  | 'too_many'
  | 'unavailable'
  | 'failed';

export const PAGE_ERROR_STATUS = {
  interaction_over: 400,
  logout_refused: 400,
  return_refused: 400,
  form_foreign: 403,
  form_malformed: 400,
  form_too_large: 413,
  not_found: 404,
  too_many: 429,
  unavailable: 503,
  failed: 500,
} as const satisfies Record<PageErrorKind, number>;

/** A page that cannot be shown: thrown by its route, rendered as a page. */
export class PageError extends Error {
  override readonly name = 'PageError';
  readonly kind: PageErrorKind;

  constructor(kind: PageErrorKind, options: ErrorOptions = {}) {
    super(`Cannot show the page: ${kind}`, options);
    this.kind = kind;
  }
}
