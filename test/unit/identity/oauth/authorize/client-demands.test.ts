import { describe, expect, it } from 'vitest';

import { authorizeFixture } from '../../../../support/authorize-fixture.ts';
import { aClient, REDIRECT_URI } from '../../../../support/oauth-fixture.ts';

const AT_CLIENT = {
  clientId: 'client-1',
  redirectUri: REDIRECT_URI,
  responseMode: 'query',
  state: 'xyz',
};

describe('a client’s request', () => {
  it('has the default_max_age and default_acr_values that the client registered', async () => {
    const { accept } = authorizeFixture(
      aClient({ defaultMaxAge: 60, defaultAcrValues: ['urn:a'] }),
    );
    expect(await accept()).toMatchObject({ maxAge: 60, acrValues: ['urn:a'] });
    expect(await accept({ max_age: '0', acr_values: 'urn:b' })).toMatchObject({
      maxAge: 0,
      acrValues: ['urn:b'],
    });
  });

  it('may leave out the only redirect URI (RFC 6749 §3.1.2.3)', async () => {
    const accepted = await authorizeFixture().accept({ redirect_uri: undefined, scope: 'profile' });
    expect(accepted.redirectUri).toBe(REDIRECT_URI);
  });

  it('may have any port in a loopback redirect URI (RFC 8252 §7.3)', async () => {
    const { accept } = authorizeFixture(aClient({ redirectUris: ['http://127.0.0.1/cb'] }));
    const uri = 'http://127.0.0.1:49152/cb';
    expect((await accept({ redirect_uri: uri })).redirectUri).toBe(uri);
  });

  it('gets signed responses only, where the client registered so (JARM)', async () => {
    const { accept, refuse } = authorizeFixture(
      aClient({ requireSignedAuthorizationResponse: true }),
    );
    expect((await accept()).responseMode).toBe('jwt');
    expect((await accept({ response_mode: 'form_post.jwt' })).responseMode).toBe('form_post.jwt');
    expect((await refuse({ response_mode: 'query' })).code).toBe('invalid_request');
    const { returnTo } = await refuse({ response_type: 'token' });
    expect(returnTo?.responseMode).toBe('jwt');
  });

  it('must be pushed, where the client registered so (RFC 9126 §6)', async () => {
    const { accept, refuse } = authorizeFixture(
      aClient({ requirePushedAuthorizationRequests: true }),
    );
    expect(await refuse()).toEqual({ code: 'invalid_request', returnTo: AT_CLIENT });
    expect((await accept({}, 'par')).clientId).toBe('client-1');
  });

  it('must be signed, where the client registered so (RFC 9101 §10.5)', async () => {
    const { refuse } = authorizeFixture(aClient({ requireSignedRequestObject: true }));
    expect((await refuse()).code).toBe('invalid_request');
    expect((await refuse({}, 'par')).code).toBe('invalid_request');
  });

  it('must be pushed, and redirected over TLS, under FAPI 2.0 (Security Profile §5.3.2.2)', async () => {
    const fapi = authorizeFixture(aClient({ profile: 'fapi2_security' }));
    expect((await fapi.refuse()).code).toBe('invalid_request');
    expect((await fapi.accept({}, 'par')).clientId).toBe('client-1');
    const uri = 'com.example.app:/cb';
    const app = authorizeFixture(aClient({ profile: 'fapi2_security', redirectUris: [uri] }));
    expect((await app.refuse({ redirect_uri: uri }, 'par')).code).toBe('invalid_request');
  });

  it('must be signed under FAPI 2.0 Message Signing (§5.3.1)', async () => {
    const { refuse } = authorizeFixture(aClient({ profile: 'fapi2_message_signing' }));
    expect((await refuse({}, 'par')).code).toBe('invalid_request');
  });

  it('has authorization_details of registered types only (RFC 9396 §10)', async () => {
    const { accept, refuse } = authorizeFixture(
      aClient({ authorizationDetailsTypes: ['payment'] }),
    );
    const details = [{ type: 'payment', actions: ['initiate'], amount: { value: '1' } }];
    const ask = (value: unknown) => ({ authorization_details: JSON.stringify(value) });
    expect((await accept(ask(details))).authorizationDetails).toEqual(details);
    for (const wrong of [
      {},
      'payment',
      [{ type: 'account' }],
      [{}],
      [{ type: 1 }],
      [{ type: 'payment', actions: 'initiate' }],
      [{ type: 'payment', locations: [1] }],
      [...details, { type: 'account' }],
      Array.from({ length: 21 }, () => ({ type: 'payment' })),
    ]) {
      expect((await refuse(ask(wrong))).code).toBe('invalid_authorization_details');
    }
  });

  it.each([
    '[{"type":"payment","type":"x"}]',
    '[],"x":1',
    '[]}',
    '[{"type":"payment"}],',
    '[',
    // They would come back changed, or not at all.
    '[{"type":"payment","amount":12345678901234567890}]',
    '[{"type":"payment","note":"a\\ud800"}]',
    '[{"type":"payment","note":"a\\u0000"}]',
    '[{"type":"payment","__proto__":{"x":1}}]',
    '[{"type":"payment","amount":1e400}]',
    `[{"type":"payment","x":${'['.repeat(100)}${']'.repeat(100)}}]`,
  ])('is refused with malformed authorization_details: %s', async (text) => {
    const { refuse } = authorizeFixture(aClient({ authorizationDetailsTypes: ['payment', 'x'] }));
    expect((await refuse({ authorization_details: text })).code).toBe(
      'invalid_authorization_details',
    );
  });
});

describe('the deployment', () => {
  it('may allow pushed requests only (RFC 9126 §5)', async () => {
    const { accept, refuse } = authorizeFixture(aClient(), { PUSHED_REQUESTS: 'required' });
    expect(await refuse()).toEqual({ code: 'invalid_request', returnTo: AT_CLIENT });
    expect((await accept({}, 'par')).clientId).toBe('client-1');
  });
});

describe('a pushed request', () => {
  it('is refused with a request_uri (RFC 9126 §2.1)', async () => {
    const { refuse } = authorizeFixture(aClient({ requestUris: ['https://app.example.test/r'] }));
    const more = { request_uri: 'https://app.example.test/r' };
    expect((await refuse(more, 'par')).code).toBe('invalid_request');
    const pushed = { request_uri: 'urn:ietf:params:oauth:request_uri:abc' };
    expect((await refuse(pushed, 'par')).code).toBe('invalid_request');
  });
});
