import type { OpenApiDocument } from '../contracts/http/worker-rpc.ts';

const POINTER = '#/components/schemas/';

/** Values that may still be written: a small document can refer to itself until nothing holds it. */
export type Budget = { values: number };

/**
 * Puts what a schema refers to in its place, so that it can be read without its document. A schema
 * that refers to itself keeps the reference where the circle closes.
 *
 * @throws {RangeError} If the budget, which is used up, does not suffice.
 */
export function selfContained(
  schema: unknown,
  { components }: OpenApiDocument,
  budget: Budget,
): unknown {
  return inline(schema, { schemas: components?.['schemas'], budget, open: [] });
}

type Scope = {
  readonly schemas: unknown;
  readonly budget: Budget;
  /** The schemas that are being put in place. */
  readonly open: readonly string[];
};

function inline(value: unknown, scope: Scope): unknown {
  const { schemas, budget, open } = scope;
  budget.values -= 1;
  if (budget.values < 0) throw new RangeError('Cannot read schemas: there are too many values');
  if (Array.isArray(value)) return value.map((item) => inline(item, scope));
  if (typeof value !== 'object' || value === null) return value;

  const name = referenceOf(value);
  if (name !== undefined && !open.includes(name)) {
    const target = memberOf(schemas, name);
    if (target !== undefined) return inline(target, { ...scope, open: [...open, name] });
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, inline(member, scope)]),
  );
}

function referenceOf(value: object): string | undefined {
  const reference = memberOf(value, '$ref');
  return typeof reference === 'string' && reference.startsWith(POINTER)
    ? reference.slice(POINTER.length)
    : undefined;
}

function memberOf(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([name]) => name === key)?.[1];
}
