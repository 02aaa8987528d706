import { type FieldError, Problem } from '../../../shared/http/problem.ts';

/** What somebody wants to know about a token. */
export type Question = {
  readonly token: string | undefined;
  /** `undefined`: the configured one. */
  readonly audience: string | undefined;
  /** All of them are required. */
  readonly scopes: readonly string[];
  /** Whether the session's owner is asked, at the price of a call. */
  readonly strong: boolean;
};

/**
 * Reads the query of either method. Only `GET` may ask for an audience and scopes there.
 *
 * @throws {Problem} `VALIDATION_ERROR`
 */
export function readQuery(url: string, token: string | undefined): Question {
  const { searchParams } = new URL(url);
  const audiences = searchParams.getAll('audience');
  const scopes = searchParams.getAll('scope').flatMap((scope) => scope.split(' '));
  const question = { token, audience: audiences[0], scopes: scopes.filter((one) => one !== '') };
  check(audiences.length <= 1, 'audience', 'may be given once');
  checkScopes(question.scopes, 'scope');
  return { ...question, strong: readStrong(searchParams) };
}

function readStrong(parameters: URLSearchParams): boolean {
  const consistency = parameters.get('consistency');
  const known = consistency === null || consistency === 'strong' || consistency === 'eventual';
  check(known, 'consistency', 'must be "strong" or "eventual"');
  return consistency === 'strong';
}

/**
 * Reads the body of `POST`: `{token?, audience?, requiredScopes?}`. No body at all is fine.
 *
 * @param bearer - The request's own token: the one in question where the body names none.
 * @throws {Problem} `VALIDATION_ERROR`
 */
export function readBody(text: string, bearer: string | undefined): Omit<Question, 'strong'> {
  const body = text === '' ? {} : parseObject(text);
  const { token, audience, requiredScopes } = body;
  const scopes = requiredScopes ?? [];
  check(isOptionalText(token), 'token', 'must be a string');
  check(isOptionalText(audience), 'audience', 'must be a string');
  check(Array.isArray(scopes), 'requiredScopes', 'must be a list of scopes');
  checkScopes(scopes, 'requiredScopes');
  return { token: token ?? bearer, audience, scopes };
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  check(typeof value === 'object' && value !== null && !Array.isArray(value), '', NOT_AN_OBJECT);
  return { ...value };
}

const NOT_AN_OBJECT = 'must be a JSON object';

const isOptionalText = (value: unknown): value is string | undefined =>
  value === undefined || typeof value === 'string';

/** RFC 6749 §3.3. Scopes come back in a header: nothing else may pass. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,255}$/;

function checkScopes(scopes: readonly unknown[], path: string): asserts scopes is string[] {
  const fits = scopes.every((scope) => typeof scope === 'string' && SCOPE.test(scope));
  check(fits && scopes.length <= 100, path, 'must be at most 100 scopes (RFC 6749 §3.3)');
}

function check(holds: boolean, path: string, message: string): asserts holds {
  if (!holds) throw invalid({ path, message });
}

const invalid = (error: FieldError) => new Problem('VALIDATION_ERROR', { errors: [error] });
