import { describe, expect, it } from 'vitest';

import type { PublicJwk } from '../../../../../shared/contracts/keys/keys-rpc.ts';
import { authorizeFixture, type Query } from '../../../../support/authorize-fixture.ts';
import { aSigner, forge, ISSUER } from '../../../../support/jws-forge.ts';
import { aClient, CODE_CHALLENGE, REDIRECT_URI } from '../../../../support/oauth-fixture.ts';

const AT_CLIENT = {
  clientId: 'client-1',
  redirectUri: REDIRECT_URI,
  responseMode: 'query',
  state: 'xyz',
};

describe('an authorization request', () => {
  it('has the values of its parameters, and defaults for the others', async () => {
    expect(await authorizeFixture().accept()).toEqual({
      clientId: 'client-1',
      redirectUri: REDIRECT_URI,
      responseMode: 'query',
      state: 'xyz',
      scopes: ['openid', 'profile'],
      nonce: null,
      codeChallenge: CODE_CHALLENGE,
      dpopJkt: null,
      prompts: [],
      maxAge: null,
      loginHint: null,
      requiredSubject: null,
      acrValues: [],
      essentialAcr: false,
      uiLocales: [],
      claims: null,
      resources: [],
      authorizationDetails: [],
    });
  });

  it('has its optional parameters, each value once', async () => {
    const accepted = await authorizeFixture().accept({
      nonce: 'n-0S6',
      prompt: 'login consent',
      max_age: '300',
      login_hint: 'ada@example.test',
      acr_values: 'urn:a urn:b urn:a',
      ui_locales: 'fr-CA fr en',
      dpop_jkt: CODE_CHALLENGE,
      response_mode: 'form_post',
      unknown: 'left alone (RFC 6749 §3.1)',
    });
    expect(accepted).toMatchObject({
      nonce: 'n-0S6',
      prompts: ['login', 'consent'],
      maxAge: 300,
      loginHint: 'ada@example.test',
      acrValues: ['urn:a', 'urn:b'],
      uiLocales: ['fr-CA', 'fr', 'en'],
      dpopJkt: CODE_CHALLENGE,
      responseMode: 'form_post',
    });
    expect(accepted).not.toHaveProperty('unknown');
  });
});

describe('an authorization request that is refused before its redirect URI is known (RFC 6749 §4.1.2.1)', () => {
  it.each<[string, Query]>([
    ['an unregistered redirect URI', { redirect_uri: 'https://evil.test/cb' }],
    ['no redirect URI in an authentication request', { redirect_uri: undefined }],
    ['a redirect URI with a fragment', { redirect_uri: `${REDIRECT_URI}#x` }],
    [
      'an unregistered redirect URI and another fault',
      { redirect_uri: 'https://evil.test/cb', response_type: 'token' },
    ],
  ])('is answered nowhere: %s', async (_, more) => {
    expect(await authorizeFixture().refuse(more)).toEqual({
      code: 'invalid_request',
      returnTo: null,
    });
  });
});

describe('an authorization request that is refused at its redirect URI', () => {
  it.each<[string, string, Query]>([
    ['no response_type', 'invalid_request', { response_type: undefined }],
    [
      'the implicit grant (RFC 9700 §2.1.2)',
      'unsupported_response_type',
      { response_type: 'token' },
    ],
    ['a hybrid response', 'unsupported_response_type', { response_type: 'code id_token' }],
    ['an ID token alone', 'unsupported_response_type', { response_type: 'id_token' }],
    ['a PKCE method without a challenge', 'invalid_request', { code_challenge: undefined }],
    ['plain PKCE', 'invalid_request', { code_challenge_method: 'plain' }],
    [
      'PKCE without a method, which is plain',
      'invalid_request',
      { code_challenge_method: undefined },
    ],
    ['a short challenge', 'invalid_request', { code_challenge: CODE_CHALLENGE.slice(1) }],
    ['a long challenge', 'invalid_request', { code_challenge: `${CODE_CHALLENGE}A` }],
    ['a padded challenge', 'invalid_request', { code_challenge: `${CODE_CHALLENGE.slice(1)}=` }],
    ['a scope that only an administrator allows', 'invalid_scope', { scope: 'profile account' }],
    ['a scope of spaces', 'invalid_scope', { scope: '  ' }],
    ['a scope with a quote', 'invalid_scope', { scope: 'openid "profile"' }],
    ['scopes with a tab', 'invalid_scope', { scope: 'openid\tprofile' }],
    ['a scope that is no ASCII', 'invalid_scope', { scope: 'openid prоfile' }],
    ['an unknown prompt', 'invalid_request', { prompt: 'maybe' }],
    ['prompt=none with another', 'invalid_request', { prompt: 'none login' }],
    ['a negative max_age', 'invalid_request', { max_age: '-1' }],
    ['a fraction for max_age', 'invalid_request', { max_age: '1.5' }],
    ['a huge max_age', 'invalid_request', { max_age: '9'.repeat(10) }],
    ['claims that are no JSON', 'invalid_request', { claims: '{' }],
    ['claims that are no object', 'invalid_request', { claims: '[]' }],
    [
      'claims with a repeated member',
      'invalid_request',
      { claims: '{"userinfo":{},"userinfo":null}' },
    ],
    ['claims of another shape', 'invalid_request', { claims: '{"id_token":{"acr":true}}' }],
    ['a sub that is no string', 'invalid_request', { claims: '{"id_token":{"sub":{"value":1}}}' }],
    ['a dpop_jkt that is no thumbprint', 'invalid_request', { dpop_jkt: 'abc' }],
    ['an id_token_hint that is no JWT', 'invalid_request', { id_token_hint: 'abc' }],
    ['registration (Core §7.2.1)', 'registration_not_supported', { registration: '{}' }],
    [
      'an unknown resource (RFC 8707 §2)',
      'invalid_target',
      { resource: 'https://api.example.test' },
    ],
    [
      'details of no registered type (RFC 9396 §5)',
      'invalid_authorization_details',
      {
        authorization_details: '[{"type":"payment"}]',
      },
    ],
    [
      'a request and a request_uri (RFC 9101 §5)',
      'invalid_request',
      {
        request: 'a.b.c',
        request_uri: 'https://app.example.test/request',
      },
    ],
    [
      'a request_uri that is not registered',
      'invalid_request_uri',
      {
        request_uri: 'https://app.example.test/request',
      },
    ],
    ['a request object that is none', 'invalid_request_object', { request: 'a.b.c' }],
  ])('is answered there: %s is %s', async (_, code, more) => {
    expect(await authorizeFixture().refuse(more)).toEqual({ code, returnTo: AT_CLIENT });
  });

  it('is answered in the mode that it requests', async () => {
    const { returnTo } = await authorizeFixture().refuse({
      response_type: 'token',
      response_mode: 'form_post.jwt',
    });
    expect(returnTo?.responseMode).toBe('form_post.jwt');
  });

  it.each(['web_message', 'query ', 'QUERY', '__proto__'])(
    'is answered in the query where the mode %j is not supported',
    async (mode) => {
      const { code, returnTo } = await authorizeFixture().refuse({ response_mode: mode });
      expect([code, returnTo]).toEqual(['invalid_request', AT_CLIENT]);
    },
  );

  it('is answered at the redirect URI if its client may not use codes', async () => {
    const { refuse } = authorizeFixture(aClient({ grantTypes: ['client_credentials'] }));
    expect((await refuse()).code).toBe('unauthorized_client');
  });

  it.each([
    'scope',
    'claims',
    'authorization_details',
    'nonce',
    'login_hint',
    'acr_values',
    'ui_locales',
    'resource',
  ])('is refused at its redirect URI where %s is too long', async (name) => {
    const { code, returnTo } = await authorizeFixture().refuse({ [name]: 'x'.repeat(20_000) });
    expect([code, returnTo]).toMatchObject([
      'invalid_request',
      { redirectUri: REDIRECT_URI, state: 'xyz' },
    ]);
  });

  it('is refused without its state where that is too long to be sent back', async () => {
    const { code, returnTo } = await authorizeFixture().refuse({ state: 'x'.repeat(8_193) });
    expect([code, returnTo]).toMatchObject([
      'invalid_request',
      { redirectUri: REDIRECT_URI, state: null },
    ]);
  });
});

describe('scope', () => {
  it('is by default the client’s own without offline_access (RFC 6749 §3.3)', async () => {
    const own = ['openid', 'email', 'offline_access', 'files:read'];
    const { accept } = authorizeFixture(aClient({ scopes: own }));
    expect((await accept({ scope: undefined })).scopes).toEqual(['openid', 'email', 'files:read']);
    const open = authorizeFixture();
    expect((await open.accept({ scope: undefined })).scopes).toEqual([
      'openid',
      'profile',
      'email',
    ]);
  });

  it('is limited to what the client has', async () => {
    const { accept, refuse } = authorizeFixture(aClient({ scopes: ['openid', 'files:read'] }));
    expect((await accept({ scope: 'files:read openid files:read' })).scopes).toEqual([
      'files:read',
      'openid',
    ]);
    expect((await refuse({ scope: 'files:read profile' })).code).toBe('invalid_scope');
  });

  it('loses what is not the client’s in an authentication request (Core §11)', async () => {
    const { accept } = authorizeFixture(aClient({ scopes: ['openid', 'profile'] }));
    const scope = '  openid  profile email offline_access account address ';
    expect((await accept({ scope })).scopes).toEqual(['openid', 'profile']);
  });

  it('is refused where openid itself is not the client’s', async () => {
    const { refuse } = authorizeFixture(aClient({ scopes: ['profile'] }));
    expect((await refuse({ scope: 'openid profile' })).code).toBe('invalid_scope');
  });

  it('loses offline_access where the client cannot refresh (Core §11)', async () => {
    const scope = 'openid offline_access';
    expect((await authorizeFixture().accept({ scope })).scopes).toEqual([
      'openid',
      'offline_access',
    ]);
    const { accept } = authorizeFixture(aClient({ grantTypes: ['authorization_code'] }));
    expect((await accept({ scope })).scopes).toEqual(['openid']);
  });

  it('may be one of a resource server, if the tokens are for it', async () => {
    const resource = 'https://mcp.example.test/';
    const more = { scope: 'mcp:tools', resource };
    const held = authorizeFixture(aClient({ scopes: ['openid'] }));
    const open = authorizeFixture();
    for (const { backend } of [held, open]) {
      await backend.resources.create(
        {
          resource,
          name: 'MCP',
          scopes: ['mcp:tools'],
          accessTokenSigningAlg: null,
          accessTokenSeconds: null,
        },
        0,
      );
    }
    expect(await open.accept(more)).toMatchObject({ scopes: ['mcp:tools'], resources: [resource] });
    expect((await open.refuse({ scope: 'mcp:tools' })).code).toBe('invalid_scope');
    expect((await held.refuse(more)).code).toBe('invalid_scope');
  });
});

describe('claims (Core §5.5)', () => {
  it('are read without members that are not understood', async () => {
    const claims = {
      userinfo: { email: null, locale: { essential: true, unknown: 1 } },
      id_token: { auth_time: { essential: true }, birthdate: { value: 'x' } },
      other: {},
    };
    const accepted = await authorizeFixture().accept({ claims: JSON.stringify(claims) });
    expect(accepted.claims).toEqual({
      userinfo: { email: null, locale: { essential: true } },
      id_token: { auth_time: { essential: true }, birthdate: { value: 'x' } },
    });
  });

  it('may require a subject (§5.5.1) and an acr (§5.5.1.1)', async () => {
    const claims = {
      id_token: {
        sub: { value: 'somebody' },
        acr: { essential: true, values: ['urn:a', 'urn:b'] },
      },
    };
    expect(
      await authorizeFixture().accept({ acr_values: 'urn:c', claims: JSON.stringify(claims) }),
    ).toMatchObject({
      requiredSubject: 'somebody',
      acrValues: ['urn:a', 'urn:b'],
      essentialAcr: true,
    });
  });

  it('do not reach a prototype', async () => {
    const claims = '{"id_token":{"constructor":{"value":"x"},"toString":null}}';
    const accepted = await authorizeFixture().accept({ claims });
    expect(accepted.requiredSubject).toBeNull();
  });

  it.each([
    ['half of a surrogate pair in a name', '{"id_token":{"\\ud800":null}}'],
    ['half of a surrogate pair in a value', '{"userinfo":{"name":{"value":"\\udfff"}}}'],
    ['NUL', '{"id_token":{"a\\u0000b":null}}'],
    ['an integer that would be changed', '{"userinfo":{"n":{"value":12345678901234567890}}}'],
    ['__proto__', '{"id_token":{"__proto__":{"value":"x"}}}'],
    ['too much depth', `{"userinfo":{"n":{"value":${'['.repeat(70)}${']'.repeat(70)}}}}`],
  ])('with %s are refused, because they would not come back as they came', async (_, claims) => {
    expect((await authorizeFixture().refuse({ claims })).code).toBe('invalid_request');
  });

  it('are bounded in number', async () => {
    const names = Array.from({ length: 51 }, (_, n) => [`c${n}`, null]);
    const claims = JSON.stringify({ userinfo: Object.fromEntries(names) });
    expect((await authorizeFixture().refuse({ claims })).code).toBe('invalid_request');
  });
});

describe('id_token_hint (Core §3.1.2.1)', () => {
  async function hintFixture() {
    const signer = await aSigner('ES256');
    const its = authorizeFixture();
    its.backend.published = [signer.jwk as PublicJwk];
    const claims = { iss: ISSUER, sub: 'ada', aud: 'client-1', iat: 1, exp: 2 };
    const hint = async (changes: object = {}, by = signer) => ({
      id_token_hint: await forge(by, { alg: 'ES256', kid: signer.kid }, { ...claims, ...changes }),
    });
    return { ...its, hint };
  }

  it('requires its subject, however old it is', async () => {
    const { accept, hint } = await hintFixture();
    expect((await accept(await hint())).requiredSubject).toBe('ada');
  });

  it('must agree with the claims on the subject', async () => {
    const { accept, refuse, hint } = await hintFixture();
    const claims = (value: string) => JSON.stringify({ id_token: { sub: { value } } });
    expect((await accept({ ...(await hint()), claims: claims('ada') })).requiredSubject).toBe(
      'ada',
    );
    const other = await refuse({ ...(await hint()), claims: claims('bob') });
    expect(other.code).toBe('invalid_request');
  });

  it.each([
    ['another client’s', { aud: 'client-2' }],
    ['another issuer’s', { iss: 'https://other.example.test' }],
    ['without a subject', { sub: undefined }],
  ])('is refused where it is %s', async (_, changes) => {
    const { refuse, hint } = await hintFixture();
    expect((await refuse(await hint(changes))).code).toBe('invalid_request');
  });

  it('is refused if another key signed it', async () => {
    const { refuse, hint } = await hintFixture();
    const forged = await hint({}, await aSigner('ES256'));
    expect((await refuse(forged)).code).toBe('invalid_request');
  });
});
