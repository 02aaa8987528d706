import { type FieldError, Problem } from '../../../shared/http/problem.ts';
import { UNKNOWN_MEMBER, UNKNOWN_PARAMETER } from '../../../shared/http/unknown-input.ts';
import { ambiguityOf, isJsonObject, type JsonObject } from '../../../shared/tokens/strict-json.ts';

/** The conditions that a caller wants a token to meet. */
export type Question = {
  /** `undefined` means the configured audience. */
  readonly audience: string | undefined;
  /** The token must have all of these scopes. */
  readonly scopes: readonly string[];
  /** The token must have one of these values, if there are any (RFC 9470 §3). */
  readonly acrValues: readonly string[];
  /** The most seconds since the user signed in. */
  readonly maxAge: number | undefined;
  /** Whether the user's object is asked about the session, which costs a call. */
  readonly strong: boolean;
};

const CONSISTENCY = 'consistency';
const PARAMETERS = new Set(['audience', 'scope', 'acr_values', 'max_age', CONSISTENCY]);

/**
 * Reads the query of `GET`. A parameter that is not known is refused, because the caller takes it for
 * a condition that was checked.
 *
 * @throws {Problem} `VALIDATION_ERROR`
 */
export function readQuery(url: string): Question {
  const { searchParams } = new URL(url);
  refuseUnknown(searchParams.keys(), PARAMETERS, UNKNOWN_PARAMETER);
  const audiences = searchParams.getAll('audience');
  const ages = searchParams.getAll('max_age');
  const scopes = splitParameter(searchParams, 'scope');
  const acrValues = splitParameter(searchParams, 'acr_values');
  check(audiences.length <= 1, 'audience', 'may be given once');
  check(ages.every((age) => /^\d{1,9}$/.test(age)) && ages.length <= 1, 'max_age', NOT_SECONDS);
  checkWords(scopes, 'scope');
  checkWords(acrValues, 'acr_values');
  const maxAge = ages[0] === undefined ? undefined : Number(ages[0]);
  return { audience: audiences[0], scopes, acrValues, maxAge, strong: readStrong(searchParams) };
}

const splitParameter = (parameters: URLSearchParams, name: string): readonly string[] =>
  parameters.getAll(name).flatMap((value) => value.split(' ').filter((word) => word !== ''));

function readStrong(parameters: URLSearchParams): boolean {
  const [consistency, ...others] = parameters.getAll(CONSISTENCY);
  const isKnown =
    consistency === undefined || consistency === 'strong' || consistency === 'eventual';
  check(isKnown && others.length === 0, CONSISTENCY, 'must be "strong" or "eventual", given once');
  return consistency === 'strong';
}

/** The question of a `POST`, and its token, which is `undefined` if the body has none. */
export type TokenQuestion = { readonly token: string | undefined; readonly question: Question };

const MEMBERS = new Set(['token', 'audience', 'requiredScopes', 'requiredAcr', 'maxAge']);
const PARAMETERS_OF_POST = new Set([CONSISTENCY]);

/**
 * Reads `POST`: `{token?, audience?, requiredScopes?, requiredAcr?, maxAge?}` and the query parameter
 * `consistency`. Others are refused, as in {@link readQuery}. The body may be empty.
 *
 * @throws {Problem} `VALIDATION_ERROR`
 */
export function readBody(text: string, url: string): TokenQuestion {
  const body = text === '' ? {} : parseObject(text);
  refuseUnknown(Object.keys(body), MEMBERS, UNKNOWN_MEMBER);
  const {
    token,
    audience,
    requiredScopes: scopes = [],
    requiredAcr: acrValues = [],
    maxAge,
  } = body;
  check(isOptionalText(token), 'token', 'must be a string');
  check(isOptionalText(audience), 'audience', 'must be a string');
  checkWords(scopes, 'requiredScopes');
  checkWords(acrValues, 'requiredAcr');
  check(isOptionalAge(maxAge), 'maxAge', NOT_SECONDS);
  const { searchParams } = new URL(url);
  refuseUnknown(searchParams.keys(), PARAMETERS_OF_POST, UNKNOWN_PARAMETER);
  const strong = readStrong(searchParams);
  return { token, question: { audience, scopes, acrValues, maxAge, strong } };
}

function parseObject(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  check(isJsonObject(value), '', NOT_AN_OBJECT);
  const ambiguity = ambiguityOf(text);
  check(ambiguity === undefined, '', ambiguity ?? '');
  return value;
}

/** @throws {Problem} `VALIDATION_ERROR`, with each name that is not among the expected ones. */
function refuseUnknown(
  names: Iterable<string>,
  expected: ReadonlySet<string>,
  message: string,
): void {
  const unknown = [...new Set(names)].filter((name) => !expected.has(name));
  if (unknown.length > 0) throw invalid(...unknown.map((path) => ({ path, message })));
}

const NOT_AN_OBJECT = 'must be a JSON object';
const NOT_SECONDS = 'must be a whole number of seconds, given once';

const isOptionalText = (value: unknown): value is string | undefined =>
  value === undefined || typeof value === 'string';

const isOptionalAge = (value: unknown): value is number | undefined =>
  value === undefined ||
  (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 1e9);

/**
 * `scope-token` (RFC 6749 §3.3). The words are repeated in a header, which may contain no other
 * characters.
 */
const WORD = /^[\x21\x23-\x5b\x5d-\x7e]{1,255}$/;

function checkWords(values: unknown, path: string): asserts values is readonly string[] {
  const fits =
    Array.isArray(values) &&
    values.length <= 100 &&
    values.every((value) => typeof value === 'string' && WORD.test(value));
  check(fits, path, 'must be at most 100 words without spaces and quotes (RFC 6749 §3.3)');
}

function check(holds: boolean, path: string, message: string): asserts holds {
  if (!holds) throw invalid({ path, message });
}

const invalid = (...errors: readonly FieldError[]) => new Problem('VALIDATION_ERROR', { errors });
