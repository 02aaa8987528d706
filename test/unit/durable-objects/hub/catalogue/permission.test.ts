import { describe, expect, it } from 'vitest';
import { type Caller, isPermitted } from '../../../../../durable-objects/hub/catalogue/endpoint.ts';
import { firstPartyEndpoints } from '../../../../../durable-objects/hub/catalogue/read-endpoints.ts';
import type { Permission } from '../../../../../shared/contracts/connect/registry-rpc.ts';

const OWN = 'sallyport';
const user: Caller = { clientId: OWN, scopes: ['openid'], roles: ['user'] };
const stranger: Caller = { ...user, clientId: 'a-game', scopes: ['openid', 'connect'] };

const judge = (permission: Partial<Permission>, caller = user) =>
  isPermitted({ permission: { roles: [], scopes: [], ...permission } }, caller, OWN);

describe('the permission of an endpoint', () => {
  it.each([
    ['nothing is required', {}, true],
    ['one of the roles is present', { roles: ['admin', 'user'] }, true],
    ['none of the roles is present', { roles: ['admin', 'editor'] }, false],
    ['all scopes are present', { scopes: ['openid'] }, true],
    ['a scope is missing', { scopes: ['openid', 'game:play'] }, false],
    [
      'the role is present and the scope is missing',
      { roles: ['user'], scopes: ['game:play'] },
      false,
    ],
    [
      'the scope is present and the role is missing',
      { roles: ['admin'], scopes: ['openid'] },
      false,
    ],
    ['a name is part of another', { roles: ['use'] }, false],
  ])('[H7] is judged where %s', (_, permission, permitted) => {
    expect(judge(permission)).toBe(permitted);
  });

  it.each([
    ['suffices', user, true],
    ['suffices', stranger, false],
    ['suffices', { ...stranger, scopes: ['connect', 'account'] }, true],
    ['required', { ...stranger, scopes: ['connect', 'account'] }, false],
    ['required', user, false],
    ['required', { ...user, scopes: ['account'] }, true],
  ] as const)('[H7] is judged where ownClient is %s', (ownClient, caller, permitted) => {
    expect(judge({ scopes: ['account'], ownClient }, caller)).toBe(permitted);
  });

  it('[H7] requires the role of the deployment’s own client, too', () => {
    expect(judge({ roles: ['admin'], ownClient: 'suffices' })).toBe(false);
    expect(judge({ roles: ['admin'], ownClient: 'required' })).toBe(false);
  });

  it('[H7] permits nothing to a client that may not use the hub', () => {
    expect(judge({}, { ...stranger, scopes: ['openid'] })).toBe(false);
    expect(judge({}, { ...stranger, scopes: ['openid'], firstParty: true })).toBe(true);
    expect(judge({}, stranger)).toBe(true);
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

  it('[H7] permits every session if it is absent', () => {
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
  ])('[H7] is refused if it is not understood: %o', (permission) => {
    expect(() => read(permission)).toThrow('x-sallyport-permission');
  });
});
