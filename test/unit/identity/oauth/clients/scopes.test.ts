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
      expect(() => allowedScopes(aClient({ scopes: null }), `openid ${scope}`)).toThrow(
        'invalid_scope',
      );
    },
  );

  it('that open the hub are open to every client, but must be asked for', () => {
    const client = aClient({ scopes: null });
    expect(allowedScopes(client, 'openid connect')).toEqual(['openid', 'connect']);
    expect(allowedScopes(client, undefined)).not.toContain('connect');
    expect(() => allowedScopes(aClient({ scopes: ['openid'] }), 'openid connect')).toThrow(
      'invalid_scope',
    );
  });

  it('that are unknown are left out (OpenID Connect Core §3.1.2.1)', () => {
    expect(allowedScopes(aClient({ scopes: null }), 'openid address phone')).toEqual(['openid']);
    expect(() => allowedScopes(aClient({ scopes: null }), 'address')).toThrow('invalid_scope');
  });
});
