import { describe, expect, it } from 'vitest';
import { type Caller, isPermitted } from '../../../../../durable-objects/hub/catalogue/endpoint.ts';
import { firstPartyEndpoints } from '../../../../../durable-objects/hub/catalogue/read-endpoints.ts';
import type { Permission } from '../../../../../shared/contracts/connect/registry-rpc.ts';

const OWN = 'sallyport';
const somebody: Caller = { clientId: OWN, scopes: ['openid'], roles: ['user'] };
const stranger: Caller = { ...somebody, clientId: 'a-game' };

const judge = (permission: Partial<Permission>, standing = somebody) =>
  isPermitted({ roles: [], scopes: [], ...permission }, standing, OWN);

describe('the permission of an endpoint', () => {
  it.each([
    ['nothing is asked for', {}, true],
    ['one role is there', { roles: ['admin', 'user'] }, true],
    ['no role is there', { roles: ['admin', 'editor'] }, false],
    ['all scopes are there', { scopes: ['openid'] }, true],
    ['a scope is missing', { scopes: ['openid', 'game:play'] }, false],
    ['the role is there, but not the scope', { roles: ['user'], scopes: ['game:play'] }, false],
    ['the scope is there, but not the role', { roles: ['admin'], scopes: ['openid'] }, false],
    ['a name is a part of another', { roles: ['use'] }, false],
  ])('[H7] where %s', (_, permission, permitted) => {
    expect(judge(permission)).toBe(permitted);
  });

  it.each([
    ['suffices', somebody, true],
    ['suffices', stranger, false],
    ['suffices', { ...stranger, scopes: ['account'] }, true],
    ['required', { ...stranger, scopes: ['account'] }, false],
    ['required', somebody, false],
    ['required', { ...somebody, scopes: ['account'] }, true],
  ] as const)('[H7] where our own client %s', (ownClient, standing, permitted) => {
    expect(judge({ scopes: ['account'], ownClient }, standing)).toBe(permitted);
  });

  it('[H7] asks for the role, whose client it may be', () => {
    expect(judge({ roles: ['admin'], ownClient: 'suffices' })).toBe(false);
    expect(judge({ roles: ['admin'], ownClient: 'required' })).toBe(false);
  });
});

describe('the permission in an OpenAPI document', () => {
  const document = (permission: unknown) => ({
    openapi: '3.1.0',
    info: { title: 't', version: '1' },
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    paths: {
      '/api/v1/a': {
        get: { security: [{ token: [] }], 'x-sallyport-permission': permission },
      },
    },
  });
  const read = (permission: unknown) =>
    firstPartyEndpoints('s', document(permission))[0]?.permission;

  it('[H7] is that of everybody where there is none', () => {
    expect(read(undefined)).toEqual({ roles: [], scopes: [] });
    expect(read({ roles: ['admin'] })).toEqual({ roles: ['admin'], scopes: [] });
    expect(read({ ownClient: 'required' })).toEqual({
      roles: [],
      scopes: [],
      ownClient: 'required',
    });
  });

  it.each([
    [{ role: ['admin'] }],
    [{ roles: 'admin' }],
    [{ ownClient: 'sometimes' }],
    ['admin'],
    [null],
  ])('[H7] is not guessed: %o', (permission) => {
    expect(() => read(permission)).toThrow('x-sallyport-permission');
  });
});
