import { beforeEach, describe, expect, it } from 'vitest';

import { AssertionFixture, AUDIENCE, JWT_BEARER } from '../../../../support/assertion-fixture.ts';
import { claimsOf } from '../../../../support/authorization-server-fixture.ts';
import { aSigner, jwkSet, type Signer } from '../../../../support/jws-forge.ts';

let world: AssertionFixture;
beforeEach(async () => {
  world = await AssertionFixture.begin();
});

describe('the client’s assertion about itself (RFC 7523 §2.1)', () => {
  let own: Signer;
  beforeEach(async () => {
    own = await aSigner('ES256', 'own');
    await world.worker({ jwks: jwkSet(own).keys });
  });
  const about = (claims: object = {}, by = own) =>
    world.assertion({ iss: 'worker', sub: 'worker', ...claims }, {}, by);

  it('gives a token in the client’s own name, as its credentials would', async () => {
    const { status, json } = await world.present(await about());
    expect([status, json.scope]).toEqual([200, 'read write']);
    const claims = claimsOf(json.access_token);
    expect(claims).toMatchObject({ sub: 'worker', client_id: 'worker', aud: AUDIENCE });
    expect(claims).not.toHaveProperty('sid');
    expect(await world.refused(await about(), { scope: 'admin' })).toBe('400 invalid_scope');
  });

  it.each([
    ['about somebody else', { sub: 'another' }],
    ['for others', { aud: 'https://other.example' }],
    ['expired', { exp: 1 }],
    ['good for an hour', { exp: Date.UTC(2026, 10, 23, 1) / 1_000 }],
    ['without a name', { jti: undefined }],
  ])('is refused %s', async (_, claims) => {
    expect(await world.refused(await about(claims))).toBe('400 invalid_grant');
  });

  it('is refused as an assertion about a user', async () => {
    expect(await world.refused(await about({ sub: world.accountId }))).toBe('400 invalid_grant');
  });

  it('is refused the second time, and with another client’s key', async () => {
    const assertion = await about();
    expect((await world.present(assertion)).status).toBe(200);
    expect(await world.refused(assertion)).toBe('400 invalid_grant');
    expect(await world.refused(await about({}, world.signer))).toBe('400 invalid_grant');
  });

  it('is refused where the request uses it as the client’s credentials, too', async () => {
    await world.worker({ jwks: jwkSet(own).keys, tokenEndpointAuthMethod: 'private_key_jwt' });
    const assertion = await about();
    const form = {
      grant_type: JWT_BEARER,
      assertion,
      client_assertion: assertion,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    };
    const { error } = await (await world.post('/oauth2/token', form)).json();
    expect(error).toBe('invalid_grant');
  });
});

describe('who may present assertions', () => {
  it('is a confidential client that registered for it, with an assertion', async () => {
    expect(await world.refused('')).toBe('400 invalid_request');
    await world.worker({ grantTypes: ['client_credentials'] });
    expect(await world.refused(await world.assertion())).toBe('400 unauthorized_client');
    await world.client('spa', { tokenEndpointAuthMethod: 'none', grantTypes: [JWT_BEARER] });
    const form = { grant_type: JWT_BEARER, client_id: 'spa', assertion: await world.assertion() };
    const { error } = await (await world.post('/oauth2/token', form)).json();
    expect(error).toBe('unauthorized_client');
  });
});
