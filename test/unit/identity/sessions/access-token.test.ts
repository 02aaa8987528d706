import { describe, expect, it } from 'vitest';

import { ClientId, newTokenId } from '../../../../shared/ids.ts';
import { accessClaims } from '../../../../workers/identity/sessions/access-token.ts';
import { SESSION } from '../../../support/identity-fixture.ts';

describe('an access token', () => {
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

  it('tells roles to our own client, and to one that was allowed to have them', () => {
    expect(accessClaims(terms, issuance)).not.toHaveProperty('roles');
    const ours = { ...terms, clientId: issuance.firstPartyClientId };
    expect(accessClaims(ours, issuance).roles).toEqual(['admin']);
    expect(accessClaims({ ...terms, scopes: ['roles'] }, issuance).roles).toEqual(['admin']);
  });

  it('tells roles to no other audience', () => {
    const elsewhere = { ...terms, scopes: ['roles'], resources: ['https://api.example.test'] };
    expect(accessClaims(elsewhere, issuance)).not.toHaveProperty('roles');
  });

  it('says that a registered client is first-party, to our own audience alone', () => {
    expect(accessClaims(terms, issuance)).not.toHaveProperty('first_party');
    const first = { ...terms, isFirstParty: true };
    expect(accessClaims(first, issuance).first_party).toBe(true);
    const elsewhere = { ...first, resources: ['https://api.example.test'] };
    expect(accessClaims(elsewhere, issuance)).not.toHaveProperty('first_party');
  });
});
