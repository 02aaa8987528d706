import { OAuthError } from './oauth-error.ts';

const decoder = new TextDecoder();

/** Long enough for a request object or an assertion. */
const MAX_VALUE = 32_768;
const MAX_PARAMETERS = 100;

/** Only these may be given more than once (RFC 8707 §2, RFC 8693 §2.1). */
const REPEATABLE: ReadonlySet<string> = new Set(['resource', 'audience']);

/**
 * The parameters of a request to an OAuth endpoint.
 *
 * A parameter without a value counts as absent, and unknown ones are ignored (RFC 6749 §3.1, §3.2).
 */
export class Parameters {
  readonly #values: ReadonlyMap<string, readonly string[]>;

  private constructor(values: ReadonlyMap<string, readonly string[]>) {
    this.#values = values;
  }

  /**
   * Reads a query or a form.
   *
   * @throws {OAuthError} `invalid_request` if a parameter is repeated (RFC 6749 §3.1), too long, or
   *   no well-formed text.
   */
  static read(source: URLSearchParams): Parameters {
    const values = new Map<string, string[]>();
    for (const [name, value] of source) {
      if (value === '') continue;
      values.set(name, [...(values.get(name) ?? []), checked(value)]);
    }
    if (values.size > MAX_PARAMETERS) {
      throw new OAuthError('invalid_request', 'There are too many parameters');
    }
    for (const [name, all] of values) {
      if (all.length > 1 && !REPEATABLE.has(name)) {
        throw new OAuthError('invalid_request', `The parameter ${name} must not be repeated`);
      }
    }
    return new Parameters(values);
  }

  /** From names and values that were checked already, such as a request object's claims. */
  static of(members: Readonly<Record<string, string | readonly string[] | undefined>>): Parameters {
    const entries = Object.entries(members).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, typeof value === 'string' ? [value] : value] as const],
    );
    return new Parameters(new Map(entries));
  }

  get(name: string): string | undefined {
    return this.#values.get(name)?.[0];
  }

  /** @throws {OAuthError} `invalid_request` if it is absent. */
  require(name: string): string {
    const value = this.get(name);
    if (value === undefined) {
      throw new OAuthError('invalid_request', `The parameter ${name} is missing`);
    }
    return value;
  }

  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  names(): readonly string[] {
    return [...this.#values.keys()];
  }

  /** For storage: {@link Parameters.of} reads it again. */
  toJSON(): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries(this.#values);
  }
}

function checked(value: string): string {
  if (value.length > MAX_VALUE) {
    throw new OAuthError('invalid_request', 'A parameter is too long');
  }
  if (!value.isWellFormed() || value.includes('\0')) {
    throw new OAuthError('invalid_request', 'A parameter is not well-formed text');
  }
  return value;
}

/** The members of a space-separated list, each once. Spaces between and around them say nothing. */
export const spaceSeparated = (text: string | undefined): readonly string[] => [
  ...new Set((text ?? '').split(' ').filter((word) => word !== '')),
];

/**
 * Reads the body of a POST.
 *
 * @throws {OAuthError} `invalid_request` unless it is `application/x-www-form-urlencoded`.
 */
export async function readForm(request: Request): Promise<Parameters> {
  const [type = ''] = (request.headers.get('content-type') ?? '').split(';');
  if (type.trim().toLowerCase() !== 'application/x-www-form-urlencoded') {
    throw new OAuthError(
      'invalid_request',
      'The body must be application/x-www-form-urlencoded (RFC 6749 §3.2)',
    );
  }
  // `text()` would warn of every body whose type does not say that it is text.
  return Parameters.read(new URLSearchParams(decoder.decode(await request.arrayBuffer())));
}
