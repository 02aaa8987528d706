import type { OpenApiDocument } from '../../../shared/contracts/identity-rpc.ts';

const POINTER = '#/components/schemas/';

/**
 * Puts what a schema refers to in its place, so that it can be read without its document. A schema
 * that refers to itself keeps the reference where the circle closes.
 */
export function selfContained(schema: unknown, { components }: OpenApiDocument): unknown {
  return inline(schema, components?.['schemas'], []);
}

function inline(value: unknown, schemas: unknown, open: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((item) => inline(item, schemas, open));
  if (typeof value !== 'object' || value === null) return value;

  const name = referenceOf(value);
  if (name !== undefined && !open.includes(name)) {
    const target = memberOf(schemas, name);
    if (target !== undefined) return inline(target, schemas, [...open, name]);
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, inline(member, schemas, open)]),
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
