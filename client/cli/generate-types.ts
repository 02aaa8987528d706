import { isObject, type JsonObject, listOf, textOf } from '../src/common/json.ts';

export type GenerateOptions = {
  /** The service that the document describes; `undefined` if each operation names its service. */
  readonly service: string | undefined;
};

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const HEADER = '/** Written by `sallyport-client types`: the calls of this deployment. */';
const ECHO = `  'echo POST:/echo': { readonly request: unknown; readonly response: unknown };`;

/**
 * Writes the TypeScript module that types the calls of a hub: `Sallyport<Api>`.
 *
 * It contains only operations that a hub can call, which are those at paths without parameters, and in
 * Sallyport's own document those that require a token.
 *
 * @param document OpenAPI 3.0 or 3.1, parsed.
 * @throws {TypeError} If the document is not OpenAPI, or no operation has a known service.
 */
export function generateTypes(document: unknown, { service }: GenerateOptions): string {
  if (!isObject(document) || !isObject(document['paths'])) {
    throw new TypeError('Cannot read document: it is no OpenAPI description');
  }
  const calls = callsOf(document['paths'], service);
  if (calls.length === 0) {
    throw new TypeError('Cannot find calls: give --service where the document is a service’s own');
  }
  const all = service === undefined ? [ECHO, ...calls] : calls;
  const api = `${HEADER}\nexport type Api = {\n${all.join('\n')}\n};`;
  return `${[api, ...components(document)].join('\n\n')}\n`;
}

function callsOf(paths: JsonObject, service: string | undefined): string[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    path.includes('{') || !isObject(item)
      ? []
      : METHODS.flatMap((method) =>
          callOf(`${method.toUpperCase()}:${path}`, item[method], service),
        ),
  );
}

function callOf(endpoint: string, operation: unknown, service: string | undefined): string[] {
  if (!isObject(operation)) return [];
  const owner = service ?? textOf(operation['x-sallyport-service']);
  const needsToken = listOf(operation['security']).length > 0;
  if (owner === undefined || (service === undefined && !needsToken)) return [];
  const summary = comment({ description: operation['summary'] });
  const { requestBody, responses } = operation;
  const request = bodyType(requestBody);
  const optional = isObject(requestBody) && requestBody['required'] !== true;
  return [
    `  ${summary}${JSON.stringify(`${owner} ${endpoint}`)}: { readonly request: ${request}${
      optional ? ' | undefined' : ''
    }; readonly response: ${responseType(responses)} };`,
  ];
}

/** The type of the first successful answer. */
function responseType(responses: unknown): string {
  const all = Object.entries(isObject(responses) ? responses : {});
  const success = all.find(([status]) => /^2(?:\d\d|XX)$/.test(status));
  return bodyType(success?.[1]);
}

function bodyType(holder: unknown): string {
  const content = isObject(holder) ? holder['content'] : undefined;
  if (!isObject(content)) return 'undefined';
  const json = Object.entries(content).find(([type]) => /^application\/(?:.+\+)?json\b/.test(type));
  return json === undefined ? 'unknown' : schemaType(isObject(json[1]) ? json[1]['schema'] : {});
}

function components(document: JsonObject): string[] {
  const holder = isObject(document['components']) ? document['components'] : {};
  const schemas = isObject(holder['schemas']) ? holder['schemas'] : {};
  return Object.entries(schemas).map(
    ([name, schema]) => `${comment(schema)}export type ${typeName(name)} = ${schemaType(schema)};`,
  );
}

const REFERENCE = '#/components/schemas/';

/** The name of a component's TypeScript type. */
export const typeName = (component: string): string => {
  const name = component.replace(/[^A-Za-z0-9_$]+/g, '_');
  return /^\d/.test(name) ? `_${name}` : name;
};

/**
 * Translates a JSON Schema (2020-12, as in OpenAPI 3.1, or the dialect of 3.0) to a TypeScript type.
 * Constraints without a type, such as a pattern, are left out, and an unknown type is `unknown`.
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
  return ofType(textOf(type) ?? impliedType(schema), schema);
}

const impliedType = (schema: JsonObject): string | undefined =>
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

/** The description as a doc comment. It is escaped, so that it cannot end the comment. */
function comment(schema: unknown): string {
  const text = isObject(schema) ? textOf(schema['description']) : undefined;
  return text === undefined ? '' : `/** ${text.replaceAll('*/', '*\\/').replace(/\s+/g, ' ')} */ `;
}

const union = (types: readonly string[]): string => [...new Set(types)].join(' | ') || 'never';
