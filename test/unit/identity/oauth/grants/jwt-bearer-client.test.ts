import { beforeEach, describe, expect, it } from 'vitest';

import { AssertionFixture, AUDIENCE, JWT_BEARER } from '../../../../support/assertion-fixture.ts';
import { claimsOf } from '../../../../support/authorization-server-fixture.ts';
import { aSigner, jwkSet, type Signer } from '../../../../support/jws-forge.ts';

let backend: AssertionFixture;
beforeEach(async () => {
  backend = await AssertionFixture.begin();
});

describe('the client’s assertion about itself (RFC 7523 §2.1)', () => {
  let own: Signer;
  beforeEach(async () => {
    own = await aSigner('ES256', 'own');
    await backend.worker({ jwks: jwkSet(own).keys });
  });
  const about = (claims: object = {}, by = own) =>
    backend.assertion({ iss: 'worker', sub: 'worker', ...claims }, {}, by);

  it('gives a token in its own name, as its credentials would', async () => {
    const { status, json } = await backend.present(await about());
    expect([status, json.scope]).toEqual([200, 'read write']);
    const claims = claimsOf(json.access_token);
    expect(claims).toMatchObject({ sub: 'worker', client_id: 'worker', aud: AUDIENCE });
    expect(claims).not.toHaveProperty('sid');
    expect(await backend.refused(await about(), { scope: 'admin' })).toBe('400 invalid_scope');
  });

  it.each([
    ['about somebody else', { sub: 'another' }],
    ['for others', { aud: 'https://other.example' }],
    ['expired', { exp: 1 }],
    ['good for two hours', { exp: Date.UTC(2026, 10, 23, 2) / 1_000 }],
    ['without a name', { jti: undefined }],
  ])('is refused %s', async (_, claims) => {
    expect(await backend.refused(await about(claims))).toBe('400 invalid_grant');
  });

  it('may be good for an hour, and is told what is wrong with it', async () => {
    const exp = Date.UTC(2026, 10, 23, 1) / 1_000;
    expect((await backend.present(await about({ exp }))).status).toBe(200);
    const { json } = await backend.present(await about({ exp: 1 }));
    expect(json.error_description).toBe(
      'The assertion cannot be used: its exp has passed or is no number',
    );
  });

  it('names no user, although it is signed', async () => {
    expect(await backend.refused(await about({ sub: backend.accountId }))).toBe(
      '400 invalid_grant',
    );
  });

  it('is refused the second time, and with another client’s key', async () => {
    const assertion = await about();
    expect((await backend.present(assertion)).status).toBe(200);
    expect(await backend.refused(assertion)).toBe('400 invalid_grant');
    expect(await backend.refused(await about({}, backend.signer))).toBe('400 invalid_grant');
  });

  it('is refused where the request uses it as the client’s credentials, too', async () => {
    await backend.worker({ jwks: jwkSet(own).keys, tokenEndpointAuthMethod: 'private_key_jwt' });
    const assertion = await about();
    const form = {
      grant_type: JWT_BEARER,
      assertion,
      client_assertion: assertion,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    };
    const { error } = await (await backend.post('/oauth2/token', form)).json();
    expect(error).toBe('invalid_grant');
  });
});

describe('the client that presents an assertion', () => {
  it('must be confidential and registered for the grant', async () => {
    expect(await backend.refused('')).toBe('400 invalid_request');
    await backend.worker({ grantTypes: ['client_credentials'] });
    expect(await backend.refused(await backend.assertion())).toBe('400 unauthorized_client');
    await backend.client('spa', { tokenEndpointAuthMethod: 'none', grantTypes: [JWT_BEARER] });
    const form = { grant_type: JWT_BEARER, client_id: 'spa', assertion: await backend.assertion() };
    const { error } = await (await backend.post('/oauth2/token', form)).json();
    expect(error).toBe('unauthorized_client');
  });
});
