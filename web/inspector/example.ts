import { isObject, type JsonObject, listOf } from '../../client/src/common/json.ts';

/** The depth of an example, because a schema may contain itself. */
const MAX_DEPTH = 6;

/** An example of a payload that the schema allows; empty where the schema demands nothing. */
export function examplePayload(schema: unknown): string {
  if (!isObject(schema) || Object.keys(schema).length === 0) return '';
  return JSON.stringify(exampleOf(schema, schema, 0), null, 2);
}

function exampleOf(schema: unknown, root: JsonObject, depth: number): unknown {
  if (!isObject(schema) || depth > MAX_DEPTH) return null;
  const given = givenExample(schema);
  if (given !== undefined) return given;
  const other = referenced(schema, root) ?? chosen(schema);
  if (other !== undefined) return exampleOf(other, root, depth + 1);
  if (isObject(schema['properties'])) return objectOf(schema, schema['properties'], root, depth);
  if (schema['type'] === 'array') {
    return schema['items'] === undefined ? [] : [exampleOf(schema['items'], root, depth + 1)];
  }
  return scalarOf(schema);
}

function givenExample(schema: JsonObject): unknown {
  const lists = [schema['examples'], schema['enum']].map((list) => listOf(list)[0]);
  return [schema['example'], schema['default'], schema['const'], ...lists].find(
    (value) => value !== undefined,
  );
}

/** Follows `#/$defs/Name`. A reference outside the schema is not followed. */
function referenced(schema: JsonObject, root: JsonObject): unknown {
  const reference = schema['$ref'];
  if (typeof reference !== 'string' || !reference.startsWith('#')) return undefined;
  const steps = reference.split('/').slice(1).map(unescaped);
  return steps.reduce<unknown>((at, step) => (isObject(at) ? at[step] : undefined), root);
}

/** RFC 6901 §4. */
const unescaped = (step: string): string => step.replaceAll('~1', '/').replaceAll('~0', '~');

const chosen = (schema: JsonObject): unknown =>
  ['anyOf', 'oneOf', 'allOf']
    .map((keyword) => listOf(schema[keyword])[0])
    .find((one) => one !== undefined);

/** The required properties, or all of them where none is required. */
function objectOf(schema: JsonObject, properties: JsonObject, root: JsonObject, depth: number) {
  const required = new Set(listOf(schema['required']));
  const names = Object.keys(properties).filter((name) => required.size === 0 || required.has(name));
  return Object.fromEntries(
    names.map((name) => [name, exampleOf(properties[name], root, depth + 1)]),
  );
}

const STRINGS: Readonly<Record<string, string>> = {
  email: 'ada@example.com',
  uuid: '00000000-0000-4000-8000-000000000000',
  uri: 'https://example.com/',
  url: 'https://example.com/',
  'date-time': '2026-01-01T00:00:00Z',
};

function scalarOf(schema: JsonObject): unknown {
  const type = Array.isArray(schema['type']) ? listOf(schema['type'])[0] : schema['type'];
  switch (type) {
    case 'string':
      return STRINGS[String(schema['format'])] ?? '';
    case 'integer':
    case 'number':
      return typeof schema['minimum'] === 'number' ? schema['minimum'] : 0;
    case 'boolean':
      return false;
    case 'null':
      return null;
    default:
      return {};
  }
}
