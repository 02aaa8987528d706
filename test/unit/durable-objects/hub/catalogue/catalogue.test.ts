import { describe, expect, it } from 'vitest';
import { firstPartyEndpoints } from '../../../../../durable-objects/hub/catalogue/read-endpoints.ts';
import type { OpenApiDocument } from '../../../../../shared/contracts/http/worker-rpc.ts';
import { selfContained } from '../../../../../shared/openapi/self-contained.ts';

const document = (paths: Record<string, unknown>, schemas: object = {}): OpenApiDocument => ({
  openapi: '3.1.0',
  info: { title: 't', version: '1' },
  paths,
  components: {
    securitySchemes: { token: { type: 'http', scheme: 'Bearer' }, key: { type: 'apiKey' } },
    schemas,
  },
});
const anyBudget = () => ({ values: 1_000 });
const secured = { security: [{ token: [] }] };

describe('the endpoints of a first-party service', () => {
  it.each([
    ['a bearer operation', '/api/v1/a', { get: secured }, 1],
    ['two operations', '/api/v1/a', { get: secured, delete: secured, parameters: [] }, 2],
    ['another kind of security', '/api/v1/a', { get: { security: [{ key: [] }] } }, 0],
    ['an unknown scheme', '/api/v1/a', { get: { security: [{ other: [] }] } }, 0],
    ['no security', '/api/v1/a', { get: {} }, 0],
    ['a parameter in the path', '/api/v1/a/{id}', { get: secured }, 0],
    ['an alias', '/auth/a', { get: secured }, 0],
    ['a look-alike of the prefix', '/api/v10/a', { get: secured }, 0],
    ['register', '/api/v1/auth/register', { post: secured }, 0],
    ['login', '/api/v1/auth/login', { post: secured }, 0],
    ['a token operation', '/api/v1/auth/token/refresh', { post: secured }, 0],
    ['a path that only begins like login', '/api/v1/auth/login-history', { get: secured }, 1],
  ])('[H5] include or omit an operation with %s', (_, path, item, size) => {
    expect(firstPartyEndpoints('s', document({ [path]: item }))).toHaveLength(size);
  });

  it('[H5] cannot be read from an invalid operation', () => {
    const broken = document({ '/api/v1/a': { get: { security: 'yes' } } });
    expect(() => firstPartyEndpoints('s', broken)).toThrow('expected array');
  });

  it('[H22] require a body if the document says so', () => {
    const content = { 'application/json': { schema: { type: 'string' } } };
    const endpoints = firstPartyEndpoints(
      's',
      document({
        '/api/v1/a': {
          post: { ...secured, summary: 'A', requestBody: { required: true, content } },
        },
        '/api/v1/b': { post: { ...secured, requestBody: { content } } },
        '/api/v1/c': { post: secured },
      }),
    );
    expect(endpoints.map(({ needsBody }) => needsBody)).toEqual([true, false, false]);
    expect(endpoints[0]).toMatchObject({
      service: 's',
      method: 'POST',
      path: '/api/v1/a',
      description: 'A',
      requestSchema: { type: 'string' },
      responseSchema: null,
    });
  });

  it('[H23] have schemas in which repeated and nested references are replaced', () => {
    const api = document(
      {},
      { A: { b: [{ $ref: '#/components/schemas/B' }] }, B: { type: 'null' } },
    );
    const reference = { $ref: '#/components/schemas/A' };
    expect(selfContained([reference, reference], api, anyBudget())).toEqual([
      { b: [{ type: 'null' }] },
      { b: [{ type: 'null' }] },
    ]);
  });

  it('[H23] have schemas that keep circular references, and those to nothing', () => {
    const node = { $ref: '#/components/schemas/Node' };
    const api = document({}, { Node: { properties: { next: node } } });
    expect(selfContained(node, api, anyBudget())).toEqual({ properties: { next: node } });
    const lost = { $ref: '#/components/schemas/toString' };
    expect(selfContained(lost, api, anyBudget())).toEqual(lost);
  });
});
