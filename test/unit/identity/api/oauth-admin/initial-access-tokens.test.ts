import { beforeEach, describe, expect, it } from 'vitest';

import { AdministratorFixture } from '../../../../support/administrator-fixture.ts';

const METADATA = { client_name: 'App', redirect_uris: ['https://rp.example/cb'] };
const TOKENS = '/api/v1/oauth/initial-access-tokens';

let fixture: AdministratorFixture;
beforeEach(async () => {
  fixture = await AdministratorFixture.create();
});

describe('initial access tokens', () => {
  it('register as many clients as they allow, until they are deleted', async () => {
    Object.assign(fixture.identity.services.config.oauth, { registration: 'initial_access_token' });
    const { status, json } = await fixture.call('POST', TOKENS, { label: 'CI', uses: 2 });
    expect([status, json]).toMatchObject([201, { label: 'CI', usesLeft: 2, expiresAt: null }]);
    const register = () =>
      fixture.identity.call('/oauth2/register', {
        body: METADATA,
        headers: { authorization: `Bearer ${json.token}` },
      });
    expect((await register()).status).toBe(201);
    const { token: _, ...rest } = json;
    expect((await fixture.call('GET', TOKENS)).json).toEqual({
      initialAccessTokens: [{ ...rest, usesLeft: 1 }],
    });
    expect((await fixture.call('DELETE', `${TOKENS}/${json.id}`)).status).toBe(204);
    expect((await fixture.call('DELETE', `${TOKENS}/${json.id}`)).json.code).toBe('NOT_FOUND');
    expect((await register()).status).toBe(401);
  });

  it('are for one client by default, and may expire', async () => {
    const { json } = await fixture.call('POST', TOKENS, { label: 'CI', expiresInSeconds: 60 });
    expect(json).toMatchObject({ usesLeft: 1, expiresAt: '2026-11-23T00:01:00.000Z' });
  });
});
