import { describe, expect, it } from 'vitest';

import { generateTypes, schemaType, typeName } from '../../../../client/cli/generate-types.ts';

describe('schemaType', () => {
  it.each([
    [{ type: 'string', format: 'email' }, 'string'],
    [{ type: 'integer' }, 'number'],
    [{ type: ['string', 'null'] }, 'string | null'],
    [{ type: 'string', nullable: true }, 'string | null'],
    [{ const: 'Bearer' }, '"Bearer"'],
    [{ enum: ['a', 1, null] }, '"a" | 1 | null'],
    [{ $ref: '#/components/schemas/Problem' }, 'Problem'],
    [{ $ref: '#/components/schemas/a.b-c' }, 'a_b_c'],
    [{ type: 'array', items: { type: 'string' } }, 'readonly (string)[]'],
    [
      { type: 'array', prefixItems: [{ type: 'string' }, {}], items: false },
      'readonly [string, unknown]',
    ],
    [{ type: 'array', prefixItems: [{ const: 1 }] }, 'readonly [1, ...(unknown)[]]'],
    [{ anyOf: [{ type: 'string' }, { type: 'number' }] }, 'string | number'],
    [
      { allOf: [{ $ref: '#/components/schemas/A' }], oneOf: [{ const: 1 }, { const: 2 }] },
      'A & (1 | 2)',
    ],
    [
      { type: 'object', properties: { a: { type: 'string' }, 'b-c': {} }, required: ['a'] },
      '{ readonly "a": string; readonly "b-c"?: unknown; }',
    ],
    [{ type: 'object' }, 'Readonly<Record<string, unknown>>'],
    [
      { type: 'object', additionalProperties: { type: 'number' } },
      'Readonly<Record<string, number>>',
    ],
    [{ type: 'object', additionalProperties: false }, 'Readonly<Record<string, never>>'],
    [{ type: 'mystery' }, 'unknown'],
    [true, 'unknown'],
    [false, 'never'],
    [{ enum: [] }, 'never'],
  ])('%j is %s', (schema, type) => {
    expect(schemaType(schema)).toBe(type);
  });

  it('writes descriptions as comments, which they cannot end', () => {
    const properties = { a: { type: 'string', description: 'Ends */ here\nand there.' } };
    expect(schemaType({ properties })).toBe(
      '{ /** Ends *\\/ here and there. */ readonly "a"?: string; }',
    );
  });

  it('refers to every component by a valid type name', () => {
    expect([typeName('Tokens'), typeName('2fa'), typeName('a b/c')]).toEqual([
      'Tokens',
      '_2fa',
      'a_b_c',
    ]);
  });
});

describe('generateTypes', () => {
  const body = (schema: unknown) => ({ content: { 'application/json': { schema } } });
  const document = {
    openapi: '3.1.0',
    paths: {
      '/score': { get: { summary: 'Reads it', responses: { 200: body({ type: 'number' }) } } },
      '/move': {
        post: {
          requestBody: { required: true, ...body({ $ref: '#/components/schemas/Move' }) },
          responses: { 204: {}, default: body({}) },
        },
        parameters: [],
      },
      '/games/{id}': { get: {} },
    },
    components: { schemas: { Move: { type: 'string' } } },
  };

  it('writes the calls of one service, and the types that they refer to', () => {
    expect(generateTypes(document, { service: 'game' })).toBe(
      `/** Written by \`sallyport-client types\`: the calls of this deployment. */
export type Api = {
  /** Reads it */ "game GET:/score": { readonly request: undefined; readonly response: number };
  "game POST:/move": { readonly request: Move; readonly response: undefined };
};

export type Move = string;
`,
    );
  });

  it('writes of a Sallyport’s document the operations with a service and a token', () => {
    const operation = { 'x-sallyport-service': 'identity', responses: {} };
    const paths = {
      '/a': { get: { ...operation, security: [{ bearer: [] }] }, post: operation },
      '/b': { get: { security: [{ bearer: [] }] } },
    };
    const types = generateTypes({ paths }, { service: undefined });
    expect(types).toContain('"identity GET:/a"');
    expect(types).toContain("'echo POST:/echo'");
    expect(types).not.toMatch(/POST:\/a|GET:\/b/);
  });

  it('refuses a document that is not OpenAPI, and one without a service', () => {
    expect(() => generateTypes(undefined, { service: 'x' })).toThrow('it is no OpenAPI');
    expect(() => generateTypes(document, { service: undefined })).toThrow('--service');
  });
});
