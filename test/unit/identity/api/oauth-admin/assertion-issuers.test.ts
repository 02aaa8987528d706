import { beforeEach, describe, expect, it } from 'vitest';

import { AdministratorFixture } from '../../../../support/administrator-fixture.ts';

const ISSUERS = '/api/v1/oauth/assertion-issuers';

let fixture: AdministratorFixture;
beforeEach(async () => {
  fixture = await AdministratorFixture.create();
});

describe('assertion issuers', () => {
  const KEY = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', kid: 'a' };
  const IDP = {
    issuer: 'https://idp.example',
    name: 'IdP',
    jwks: { keys: [KEY] },
    subjectKind: 'email',
    clients: ['worker'],
    scopes: ['read'],
  };

  it('are created, listed, replaced and deleted', async () => {
    const { status, json } = await fixture.call('POST', ISSUERS, IDP);
    expect([status, json]).toMatchObject([201, { ...IDP, jwksUri: null, enabled: true }]);
    expect((await fixture.call('POST', ISSUERS, IDP)).json.code).toBe('CONFLICT');
    const jwksUri = 'https://idp.example/jwks.json';
    const replaced = { ...IDP, jwks: null, jwksUri, enabled: false, subjectKind: 'identity:idp' };
    expect((await fixture.call('PUT', ISSUERS, replaced)).json).toMatchObject(replaced);
    expect((await fixture.call('GET', ISSUERS)).json.assertionIssuers).toMatchObject([replaced]);
    const path = `${ISSUERS}?issuer=${encodeURIComponent(IDP.issuer)}`;
    expect((await fixture.call('DELETE', path)).status).toBe(204);
    expect((await fixture.call('DELETE', path)).json.code).toBe('NOT_FOUND');
    expect((await fixture.call('PUT', ISSUERS, replaced)).json.code).toBe('NOT_FOUND');
    expect(fixture.identity.backend.logged.map(({ event }) => event)).toEqual(
      expect.arrayContaining([
        'assertion_issuer.created',
        'assertion_issuer.changed',
        'assertion_issuer.deleted',
      ]),
    );
  });

  it('are read again at once by the isolate that changed them', async () => {
    const { cachedAssertionIssuers } = fixture.identity.services;
    expect(await cachedAssertionIssuers.find(IDP.issuer)).toBeUndefined();
    await fixture.call('POST', ISSUERS, IDP);
    expect(await cachedAssertionIssuers.find(IDP.issuer)).toMatchObject({ enabled: true });
    await fixture.call('PUT', ISSUERS, { ...IDP, enabled: false });
    expect(await cachedAssertionIssuers.find(IDP.issuer)).toMatchObject({ enabled: false });
    await fixture.call('DELETE', `${ISSUERS}?issuer=${IDP.issuer}`);
    expect(await cachedAssertionIssuers.find(IDP.issuer)).toBeUndefined();
  });

  it.each([
    ['our own name', { issuer: 'https://id.example.test' }, 'issuer'],
    ['a name with a space', { issuer: 'the idp' }, 'issuer'],
    ['no keys', { jwks: null }, 'jwks'],
    ['keys in two places', { jwksUri: 'https://idp.example/jwks.json' }, 'jwks'],
    ['an empty set of keys', { jwks: { keys: [] } }, 'jwks'],
    ['a private key', { jwks: { keys: [{ ...KEY, d: 'd' }] } }, 'jwks'],
    ['keys on a private network', { jwks: null, jwksUri: 'https://10.0.0.1/' }, 'jwksUri'],
    ['keys without TLS', { jwks: null, jwksUri: 'http://idp.example/' }, 'jwksUri'],
    ['another kind of subject', { subjectKind: 'username' }, 'subjectKind'],
    ['a provider without a name', { subjectKind: 'identity:' }, 'subjectKind'],
    ['a client id with a space', { clients: ['a b'] }, 'clients.0'],
    ['a scope with a space', { scopes: ['a b'] }, 'scopes.0'],
    ['a scope that needs a refresh token', { scopes: ['offline_access'] }, 'scopes.0'],
  ])('are refused with %s', async (_, changes, path) => {
    const { status, json } = await fixture.call('POST', ISSUERS, { ...IDP, ...changes });
    expect([status, json.errors]).toMatchObject([400, [{ path }]]);
  });
});
