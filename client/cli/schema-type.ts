import { isObject, type JsonObject, listOf, textOf } from '../src/json.ts';

const REFERENCE = '#/components/schemas/';

/** The name of a component as a TypeScript type. */
export const typeName = (component: string): string => {
  const name = component.replace(/[^A-Za-z0-9_$]+/g, '_');
  return /^\d/.test(name) ? `_${name}` : name;
};

/**
 * A JSON Schema (2020-12, as in OpenAPI 3.1, or the dialect of 3.0) as a TypeScript type. What
 * TypeScript cannot say, such as a pattern, is left out; what is not understood is `unknown`.
 */
export function schemaType(schema: unknown): string {
  if (!isObject(schema)) return schema === false ? 'never' : 'unknown';
  const type = unqualified(schema);
  return schema['nullable'] === true ? union([type, 'null']) : type;
}

function unqualified(schema: JsonObject): string {
  const reference = textOf(schema['$ref']);
  if (reference?.startsWith(REFERENCE) === true) return typeName(reference.slice(REFERENCE.length));
  if ('const' in schema) return JSON.stringify(schema['const']);
  if (Array.isArray(schema['enum'])) return union(schema['enum'].map((one) => JSON.stringify(one)));
  const alternatives = [...listOf(schema['oneOf']), ...listOf(schema['anyOf'])];
  const parts = listOf(schema['allOf']).map(schemaType);
  if (alternatives.length > 0) parts.push(union(alternatives.map(schemaType)));
  if (parts.length === 0) return typed(schema);
  if (isObject(schema['properties'])) parts.push(objectType(schema));
  const [only = 'unknown', ...more] = parts;
  if (more.length === 0) return only;
  return parts.map((part) => (part.includes('|') ? `(${part})` : part)).join(' & ');
}

function typed(schema: JsonObject): string {
  const { type } = schema;
  if (Array.isArray(type)) return union(type.map((one) => ofType(textOf(one), schema)));
  return ofType(textOf(type) ?? implied(schema), schema);
}

const implied = (schema: JsonObject): string | undefined =>
  isObject(schema['properties']) ? 'object' : undefined;

const SIMPLE: ReadonlyMap<string | undefined, string> = new Map([
  ['string', 'string'],
  ['boolean', 'boolean'],
  ['null', 'null'],
  ['number', 'number'],
  ['integer', 'number'],
]);

function ofType(type: string | undefined, schema: JsonObject): string {
  if (type === 'array') return arrayType(schema);
  if (type === 'object') return objectType(schema);
  return SIMPLE.get(type) ?? 'unknown';
}

function arrayType({ items, prefixItems }: JsonObject): string {
  if (!Array.isArray(prefixItems)) return `readonly (${schemaType(items)})[]`;
  const first = prefixItems.map(schemaType);
  const rest = items === false ? [] : [`...(${schemaType(items)})[]`];
  return `readonly [${[...first, ...rest].join(', ')}]`;
}

function objectType({ properties, required, additionalProperties }: JsonObject): string {
  const always = new Set(listOf(required));
  const members = Object.entries(isObject(properties) ? properties : {}).map(
    ([name, schema]) =>
      `${comment(schema)}readonly ${JSON.stringify(name)}${always.has(name) ? '' : '?'}: ${schemaType(schema)};`,
  );
  if (members.length > 0) return `{ ${members.join(' ')} }`;
  if (additionalProperties === false) return 'Readonly<Record<string, never>>';
  return `Readonly<Record<string, ${schemaType(additionalProperties)}>>`;
}

/** The description as a doc comment, which it cannot end early. */
export function comment(schema: unknown): string {
  const text = isObject(schema) ? textOf(schema['description']) : undefined;
  return text === undefined ? '' : `/** ${text.replaceAll('*/', '*\\/').replace(/\s+/g, ' ')} */ `;
}

const union = (types: readonly string[]): string => [...new Set(types)].join(' | ') || 'never';
