import { beforeEach, describe, expect, it } from 'vitest';

import { encodePrincipal, PRINCIPAL_HEADER } from '../../../../shared/contracts/edge/principal.ts';
import { ClientId, newTokenId } from '../../../../shared/ids.ts';
import { judgeClientMetadata } from '../../../../workers/identity/oauth/clients/client-metadata.ts';
import { allowedScopes } from '../../../../workers/identity/oauth/clients/scopes.ts';
import { accessClaims } from '../../../../workers/identity/sessions/access-token.ts';
import { IdentityUnderTest, SESSION } from '../../../support/identity-under-test.ts';
import { aClient } from '../../../support/oauth-fixtures.ts';

let identity: IdentityUnderTest;
beforeEach(() => {
  identity = new IdentityUnderTest();
});

const tokenOf = (clientId: string, scopes: readonly string[]) => ({
  [PRINCIPAL_HEADER]: encodePrincipal({
    subject: crypto.randomUUID(),
    sessionId: SESSION,
    clientId,
    scopes,
    roles: [],
    tokenId: 'a-token-id',
    expiresAt: identity.world.now / 1_000 + 100,
  }),
});

describe('our own API', () => {
  it('does not let a client of somebody else’s manage the user’s account', async () => {
    const headers = tokenOf('somebody-else', ['openid', 'profile', 'email']);
    for (const path of ['/api/v1/sessions', '/auth/profile']) {
      const answer = await identity.call(path, { headers });
      expect(answer.json.code).toBe('AUTH_SCOPE_INSUFFICIENT');
      expect(answer.headers.get('www-authenticate')).toContain('scope="account"');
    }
    expect(identity.world.user.ended).toEqual([]);
  });

  it('lets one that was allowed to', async () => {
    const headers = tokenOf('somebody-else', ['account']);
    expect((await identity.call('/api/v1/sessions', { headers })).status).toBe(200);
  });
});

describe('roles in an access token', () => {
  const clientId = ClientId.restore('somebody-else');
  const session = { sessionId: SESSION, authTime: 0, acr: '', amr: [], roles: ['admin'] };
  const issuance = {
    issuer: 'https://id.example.test',
    audience: 'https://id.example.test',
    firstPartyClientId: ClientId.restore('sallyport'),
    tokenId: newTokenId(),
    issuedAt: 0,
    expiresAt: 900,
  };
  const terms = {
    subject: 'a-user',
    clientId,
    resources: [issuance.audience],
    scopes: ['openid'],
    session,
    confirmation: null,
    actor: null,
    authorizationDetails: [],
  };

  it('are told to our own client, and to one that was allowed to have them', () => {
    expect(accessClaims(terms, issuance)).not.toHaveProperty('roles');
    const ours = { ...terms, clientId: issuance.firstPartyClientId };
    expect(accessClaims(ours, issuance).roles).toEqual(['admin']);
    expect(accessClaims({ ...terms, scopes: ['roles'] }, issuance).roles).toEqual(['admin']);
  });

  it('are told to no other audience', () => {
    const elsewhere = { ...terms, scopes: ['roles'], resources: ['https://api.example.test'] };
    expect(accessClaims(elsewhere, issuance)).not.toHaveProperty('roles');
  });
});

describe('scopes', () => {
  it.each(['account', 'roles', 'connect:publish'])(
    '%s is for an administrator to allow',
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

  it('OpenID Connect Core §3.1.2.1: that nobody knows are left out', () => {
    expect(allowedScopes(aClient({ scopes: null }), 'openid address phone')).toEqual(['openid']);
    expect(() => allowedScopes(aClient({ scopes: null }), 'address')).toThrow('invalid_scope');
  });
});
