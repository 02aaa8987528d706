import { isObject, type JsonObject, listOf, textOf } from '../src/json.ts';
import { comment, schemaType, typeName } from './schema-type.ts';

export type GenerateOptions = {
  /** The service whose document it is. `undefined`: a Sallyport's own document says it itself. */
  readonly service: string | undefined;
};

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const HEADER = '/** Written by `sallyport-client types`: what this deployment can be asked. */';
const ECHO = `  'echo POST:/echo': { readonly request: unknown; readonly response: unknown };`;

/**
 * The TypeScript module that makes the calls of a hub typed: `Sallyport<Api>`.
 *
 * Only what a hub can call is in it: operations at paths without parameters; and of a Sallyport's own
 * those that ask for a token.
 *
 * @param document OpenAPI 3.0 or 3.1, parsed.
 * @throws {TypeError} If it is none, or says of no operation which service it is of.
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
  const asksForToken = listOf(operation['security']).length > 0;
  if (owner === undefined || (service === undefined && !asksForToken)) return [];
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

/** Of what the first status of success is answered with. */
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
