import type { OpenApiDocument } from '../contracts/http/worker-rpc.ts';

const POINTER = '#/components/schemas/';

/**
 * How many values may still be written. It is bounded, because a small document can refer to itself
 * so often that its expansion exceeds the memory.
 */
export type Budget = { values: number };

/**
 * Replaces the references of a schema by the schemas that they name, so that it can be read without
 * its document. A schema that refers to itself keeps that reference.
 *
 * @throws {RangeError} If the budget does not suffice.
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
  /** The references that are being replaced. */
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
