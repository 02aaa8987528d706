import { describe, expect, it } from 'vitest';

import { judgeClientMetadata } from '../../../../../workers/identity/oauth/clients/client-metadata.ts';
import { allowedScopes } from '../../../../../workers/identity/oauth/clients/scopes.ts';
import { aClient } from '../../../../support/oauth-fixture.ts';

describe('scopes', () => {
  it.each(['account', 'roles', 'connect:publish'])(
    '%s can only be allowed by an administrator',
    (scope) => {
      const metadata = { redirect_uris: ['https://a.example.test/cb'], scope: `openid ${scope}` };
      const read = (source: 'client' | 'administrator') =>
        judgeClientMetadata(metadata, { source, profile: 'none', allowLoopback: false }).ok;
      expect(read('client')).toBe(false);
      expect(read('administrator')).toBe(true);
      const client = aClient({ scopes: null });
      expect(allowedScopes(client, `openid ${scope}`)).toEqual(['openid']);
      expect(() => allowedScopes(client, `profile ${scope}`)).toThrow('invalid_scope');
    },
  );

  it('of a resource server are open to every client, except those that mean something here', () => {
    const ofResources = ['read', 'account', 'roles'];
    const requested = 'openid read account roles';
    expect(allowedScopes(aClient({ scopes: null }), requested, ofResources)).toEqual([
      'openid',
      'read',
    ]);
    expect(() => allowedScopes(aClient({ scopes: null }), 'read roles', ofResources)).toThrow(
      'invalid_scope',
    );
    const allowed = aClient({ scopes: ['openid', 'roles'] });
    expect(allowedScopes(allowed, 'openid roles', ofResources)).toEqual(['openid', 'roles']);
  });

  it('that open the hub are open to every client, but must be asked for', () => {
    const client = aClient({ scopes: null });
    expect(allowedScopes(client, 'openid connect')).toEqual(['openid', 'connect']);
    expect(allowedScopes(client, undefined)).not.toContain('connect');
    const registered = aClient({ scopes: ['openid'] });
    expect(allowedScopes(registered, 'openid connect')).toEqual(['openid']);
    expect(() => allowedScopes(registered, 'connect')).toThrow('invalid_scope');
  });

  it('that show the roles are open to every client, but must be asked for', () => {
    const client = aClient({ scopes: null });
    expect(allowedScopes(client, 'openid groups')).toEqual(['openid', 'groups']);
    expect(allowedScopes(client, undefined)).not.toContain('groups');
    expect(allowedScopes(aClient({ scopes: ['openid'] }), 'openid groups')).toEqual(['openid']);
  });

  it('are registered with one space between them', () => {
    const metadata = {
      redirect_uris: ['https://a.example.test/cb'],
      scope: ' openid  email openid ',
    };
    const reading = { source: 'client', profile: 'none', allowLoopback: false } as const;
    const judged = judgeClientMetadata(metadata, reading);
    expect(judged.ok && judged.value.scope).toBe('openid email');
  });

  it('that are unknown are left out (OpenID Connect Core §3.1.2.1)', () => {
    expect(allowedScopes(aClient({ scopes: null }), 'openid address phone')).toEqual(['openid']);
    expect(() => allowedScopes(aClient({ scopes: null }), 'address')).toThrow('invalid_scope');
  });
});
