import { describe, expect, it } from 'vitest';

import type { OpenApiDocument } from '../../../../shared/contracts/http/worker-rpc.ts';
import { readEndpoints } from '../../../../shared/openapi/read-endpoints.ts';

const everything = () => true;

const document = (paths: Record<string, unknown>, schemas: object = {}): OpenApiDocument => ({
  openapi: '3.1.0',
  info: { title: 't', version: '1' },
  paths,
  components: {
    securitySchemes: {
      token: { type: 'http', scheme: 'bearer' },
      oauth: { type: 'oauth2', flows: {} },
      oidc: { type: 'openIdConnect', openIdConnectUrl: 'https://id.example' },
      broken: 'no scheme',
    },
    schemas,
  },
});

const permissionOf = (operation: Record<string, unknown>) =>
  readEndpoints(document({ '/a': { get: operation } }), everything)[0]?.permission;

describe('the endpoints of an OpenAPI document', () => {
  it('are its operations at paths without parameters', () => {
    const api = document({ '/a': { get: {}, post: {}, trace: {} }, '/a/{id}': { get: {} } });
    const endpoints = readEndpoints(api, everything);
    expect(endpoints.map(({ method, path }) => `${method}:${path}`)).toEqual(['GET:/a', 'POST:/a']);
  });

  it.each([
    ['nobody in particular', {}, [], []],
    ['the scopes of OAuth', { security: [{ oauth: ['a', 'b'] }] }, [], ['a', 'b']],
    ['the scopes of OpenID Connect', { security: [{ oidc: ['a'] }] }, [], ['a']],
    ['the roles of a bearer token', { security: [{ token: ['admin'] }] }, ['admin'], []],
    ['all schemes of a requirement', { security: [{ token: ['r'], oidc: ['s'] }] }, ['r'], ['s']],
    ['the first alternative', { security: [{ oauth: ['a'] }, { oauth: ['b'] }] }, [], ['a']],
    ['a scheme that is none', { security: [{ broken: ['r'] }] }, ['r'], []],
    [
      'what is stated, before all',
      { security: [{ oauth: ['a'] }], 'x-sallyport-permission': { roles: ['r'] } },
      ['r'],
      [],
    ],
  ])('are for %s', (_, operation, roles, scopes) => {
    expect(permissionOf(operation)).toEqual({ roles, scopes });
  });

  it('are refused with a misspelt permission', () => {
    const misspelt = { 'x-sallyport-permission': { role: ['admin'] } };
    expect(() => permissionOf(misspelt)).toThrow('role');
  });

  it('have schemas of bounded size', () => {
    const next = (n: number) => ({ $ref: `#/components/schemas/S${n}` });
    const doubling = Object.fromEntries(
      Array.from({ length: 40 }, (_, n) => [`S${n}`, [next(n + 1), next(n + 1)]]),
    );
    const content = { 'application/json': { schema: next(0) } };
    const api = document({ '/a': { post: { requestBody: { content } } } }, doubling);
    expect(() => readEndpoints(api, everything)).toThrow(RangeError);
  });
});
