/**
 * Refuses requests whose parts are not what their operation documents.
 *
 * Nothing that an operation does not know is ignored: whoever sends it believes that it does
 * something.
 *
 * @module
 */

import type { OpenAPIHono } from '@hono/zod-openapi';
import type { HonoRequest, MiddlewareHandler } from 'hono';
import { createMiddleware } from 'hono/factory';
import { matchedRoutes } from 'hono/route';
import * as z from 'zod';

import { type FieldError, Problem } from '../../shared/http/problem.ts';
import { UNKNOWN_MEMBER, UNKNOWN_PARAMETER } from '../../shared/http/unknown-input.ts';
import { ambiguityOf, lossOf } from '../../shared/tokens/strict-json.ts';
import type { RequestEnv } from './request.ts';

/** Faults that an answer names: a body of unknown members must not make a larger answer. */
const MOST_FAULTS = 50;

/**
 * Refuses a request whose parts do not have the shape that its route declares, JSON that parsers may read
 * differently (RFC 8259 §4), and JSON that a store would change.
 *
 * @throws {Problem} `VALIDATION_ERROR`, with the fault of each field.
 */
export async function refuseInvalid(
  result: Validation,
  { req }: { readonly req: Pick<HonoRequest, 'text'> },
): Promise<undefined> {
  const text = result.target === 'json' ? await req.text() : '';
  const ambiguity = ambiguityOf(text);
  if (ambiguity !== undefined) throw invalid([faultAt([], ambiguity)]);
  if (!result.success) throw invalid(result.error.issues.flatMap((issue) => faultsOf(issue, [])));
  const loss = lossOf(text);
  if (loss !== undefined) throw invalid([faultAt([], loss)]);
}

type Validation = { readonly target: string } & (
  | { readonly success: true }
  | { readonly success: false; readonly error: z.core.$ZodError }
);

const invalid = (faults: readonly FieldError[]): Problem =>
  new Problem('VALIDATION_ERROR', { errors: faults.slice(0, MOST_FAULTS) });

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/**
 * Where several shapes are equally near, these are the faults that all of them find.
 *
 * @param parent - The path of what the issue's own path begins at.
 */
function faultsOf(issue: Issue, parent: Path): readonly FieldError[] {
  const path = [...parent, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => faultAt([...path, key], UNKNOWN_MEMBER));
  }
  if (issue.code !== 'invalid_union') return [faultAt(path, issue.message)];
  const shapes = nearest(issue.errors).map((one) => one.flatMap((inner) => faultsOf(inner, path)));
  const [first = [], ...others] = shapes;
  const shared = first.filter(({ path: at, message }) =>
    others.every((one) => one.some((fault) => fault.path === at && fault.message === message)),
  );
  return shared.length > 0 ? shared : [faultAt(path, issue.message)];
}

const faultAt = (path: Path, message: string): FieldError => ({
  path: path.map(String).join('.'),
  message,
});

/**
 * If a value may have one of several shapes, zod reports only that none fits. These are the faults of
 * the shapes that may have been meant: those of the value's type that have the fewest unknown members,
 * and among those the fewest faults.
 */
function nearest(shapes: readonly (readonly Issue[])[]): readonly (readonly Issue[])[] {
  const sorted = shapes.toSorted(compareShapes);
  return sorted.filter((one) => compareShapes(sorted[0] ?? one, one) === 0);
}

const compareShapes = (a: readonly Issue[], b: readonly Issue[]): number =>
  Number(isOfOtherType(a)) - Number(isOfOtherType(b)) ||
  unknownMembers(a) - unknownMembers(b) ||
  a.length - b.length;

const isOfOtherType = (issues: readonly Issue[]): boolean =>
  issues.some(({ code, path }) => path.length === 0 && code !== 'unrecognized_keys');

const unknownMembers = (issues: readonly Issue[]): number =>
  issues.reduce((sum, one) => sum + (one.code === 'unrecognized_keys' ? one.keys.length : 0), 0);

/** There, the specifications want unknown parameters to be ignored (RFC 6749 §3.1). */
const BY_SPECIFICATION = /^\/(?:oauth2|\.well-known)\//;

/**
 * Refuses query parameters that the operation does not document. An operation whose `query` is a
 * `z.looseObject` takes any.
 *
 * @param app - The router, which may have all of its routes later.
 */
export function refuseUnknownParameters(
  app: Pick<OpenAPIHono, 'openAPIRegistry'>,
): MiddlewareHandler<RequestEnv<unknown>> {
  let operations: ReadonlyMap<string, Names> | undefined;
  return createMiddleware<RequestEnv<unknown>>(async (c, next) => {
    const sent = c.req.url.includes('?') ? Object.keys(c.req.query()) : [];
    if (sent.length > 0 && !BY_SPECIFICATION.test(c.req.path)) {
      operations ??= parametersByOperation(app);
      const route = matchedRoutes(c).at(-1);
      const expected = operations.get(`${route?.method} ${route?.path}`) ?? 'any';
      const unknown = expected === 'any' ? [] : sent.filter((name) => !expected.has(name));
      if (unknown.length > 0) {
        throw invalid(unknown.map((name) => faultAt([name], UNKNOWN_PARAMETER)));
      }
    }
    await next();
  });
}

/** The names of an operation's query parameters. */
type Names = ReadonlySet<string> | 'any';

/** By method and path, as Hono writes them. */
function parametersByOperation({
  openAPIRegistry,
}: Pick<OpenAPIHono, 'openAPIRegistry'>): ReadonlyMap<string, Names> {
  const routes = openAPIRegistry.definitions.flatMap((definition) =>
    definition.type === 'route' ? [definition.route] : [],
  );
  return new Map(
    routes.map(({ method, path, request }) => [
      `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
      namesOf(request?.query),
    ]),
  );
}

function namesOf(query: z.ZodType | undefined): Names {
  if (query === undefined) return new Set();
  if (!(query instanceof z.ZodObject)) throw new TypeError('Cannot document a query: no object');
  return query.def.catchall === undefined ? new Set(Object.keys(query.shape)) : 'any';
}
