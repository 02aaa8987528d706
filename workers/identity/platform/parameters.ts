import { OAuthError } from './oauth-error.ts';

const decoder = new TextDecoder();

/** Long enough for a request object or an assertion. */
const MAX_VALUE = 32_768;
const MAX_PARAMETERS = 100;

/** Only these may be given more than once (RFC 8707 §2, RFC 8693 §2.1). */
const REPEATABLE: ReadonlySet<string> = new Set(['resource', 'audience']);

/** A parameter that cannot be read, and how its request is refused. */
export type ParameterFault = {
  /** `undefined`: it concerns the request as a whole. */
  readonly name: string | undefined;
  readonly error: OAuthError;
};

/**
 * The parameters of a request to an OAuth endpoint.
 *
 * A parameter without a value counts as absent, and unknown ones are ignored (RFC 6749 §3.1, §3.2).
 */
export class Parameters {
  readonly #values: ReadonlyMap<string, readonly string[]>;
  /** What the source had and cannot be read: none of it is among the values. */
  readonly faults: readonly ParameterFault[];

  private constructor(
    values: ReadonlyMap<string, readonly string[]>,
    faults: readonly ParameterFault[] = [],
  ) {
    this.#values = values;
    this.faults = faults;
  }

  /**
   * Reads a query or a form.
   *
   * @throws {OAuthError} `invalid_request` if a parameter is repeated (RFC 6749 §3.1), too long, or
   *   no well-formed text.
   */
  static read(source: URLSearchParams): Parameters {
    const parameters = Parameters.readWithFaults(source);
    for (const { error } of parameters.faults) throw error;
    return parameters;
  }

  /**
   * Reads a query or a form, and refuses nothing: whoever calls this must refuse the faults, once it is
   * known whom to tell (RFC 6749 §4.1.2.1).
   */
  static readWithFaults(source: URLSearchParams): Parameters {
    const values = new Map<string, string[]>();
    for (const [name, value] of source) {
      if (value !== '') values.set(name, [...(values.get(name) ?? []), value]);
    }
    const isTooMany = values.size > MAX_PARAMETERS;
    const faults = [...values].flatMap(([name, all]) => faultOf(name, all) ?? []);
    for (const { name } of faults) values.delete(name);
    return new Parameters(values, [...(isTooMany ? [tooMany()] : []), ...faults]);
  }

  /** From names and values that were checked already, such as a request object's claims. */
  static of(
    members: Readonly<Record<string, string | readonly string[] | undefined>>,
    faults: readonly ParameterFault[] = [],
  ): Parameters {
    const entries = Object.entries(members).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, typeof value === 'string' ? [value] : value] as const],
    );
    return new Parameters(new Map(entries), faults);
  }

  /** @throws {OAuthError} If the parameter was there and cannot be read. */
  assertReadable(name: string): void {
    const fault = this.faults.find((one) => one.name === name);
    if (fault !== undefined) throw fault.error;
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

/** NUL, which PostgreSQL does not take, and what stands for bytes that were no UTF-8. */
// oxlint-disable-next-line no-control-regex -- it is what is looked for
const UNREADABLE = /[\0\uFFFD]/;

const refusal = (description: string) => new OAuthError('invalid_request', description);

const tooMany = (): ParameterFault => ({
  name: undefined,
  error: refusal('There are too many parameters'),
});

function faultOf(
  name: string,
  values: readonly string[],
): (ParameterFault & { readonly name: string }) | undefined {
  if (values.some(({ length }) => length > MAX_VALUE)) {
    return { name, error: refusal('A parameter is too long') };
  }
  if (values.some((value) => !value.isWellFormed() || UNREADABLE.test(value))) {
    return { name, error: refusal('A parameter is not well-formed text') };
  }
  if (values.length > 1 && !REPEATABLE.has(name)) {
    return { name, error: refusal(`The parameter ${name} must not be repeated`) };
  }
  return undefined;
}

/** The members of a space-separated list, each once. Spaces between and around them say nothing. */
export const spaceSeparated = (text: string | undefined): readonly string[] => [
  ...new Set((text ?? '').split(' ').filter((word) => word !== '')),
];

/**
 * Reads the body of a POST.
 *
 * @throws {OAuthError} `invalid_request` unless it is `application/x-www-form-urlencoded`, and as
 *   {@link Parameters.read}.
 */
export const readForm = async (request: Request): Promise<Parameters> =>
  Parameters.read(await formFields(request));

/** Reads it and leaves the faults to the caller, as {@link Parameters.readWithFaults} does. */
export const readFormWithFaults = async (request: Request): Promise<Parameters> =>
  Parameters.readWithFaults(await formFields(request));

async function formFields(request: Request): Promise<URLSearchParams> {
  const [type = ''] = (request.headers.get('content-type') ?? '').split(';');
  if (type.trim().toLowerCase() !== 'application/x-www-form-urlencoded') {
    throw refusal('The body must be application/x-www-form-urlencoded (RFC 6749 §3.2)');
  }
  // `text()` would warn of every body whose type does not say that it is text.
  return new URLSearchParams(decoder.decode(await request.arrayBuffer()));
}
