import { describe, expect, it } from 'vitest';

import { CB, EC, read, refusalOf } from '../../../../support/client-metadata-fixture.ts';

describe('judgeClientMetadata() with defaults (RFC 7591 §2, OpenID Connect Registration §2)', () => {
  it('writes out every default, and drops unknown members', () => {
    expect(
      read({ unknown_member: 1, 'client_name#de': 'Anwendung', client_uri: null, tos_uri: '' }),
    ).toEqual({
      redirect_uris: [CB],
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code'],
      response_types: ['code'],
      application_type: 'web',
      subject_type: 'public',
      id_token_signed_response_alg: 'RS256',
      authorization_signed_response_alg: 'RS256',
      introspection_signed_response_alg: 'RS256',
      access_token_signing_alg: 'ES256',
      require_auth_time: false,
      tls_client_certificate_bound_access_tokens: false,
      dpop_bound_access_tokens: false,
      require_pushed_authorization_requests: false,
      require_signed_request_object: false,
    });
  });

  it('reads its own result to the same', () => {
    const once = read({ id_token_encrypted_response_alg: 'RSA-OAEP', jwks: { keys: [EC] } });
    expect(once.id_token_encrypted_response_enc).toBe('A128CBC-HS256');
    expect(read(once)).toEqual(once);
  });

  it('has no response type without a grant that uses the authorization endpoint', () => {
    const metadata = read({ redirect_uris: [], grant_types: ['client_credentials'] });
    expect(metadata.response_types).toEqual([]);
  });

  it('gives the client of a document no secret', () => {
    expect(read({}, { source: 'document' }).token_endpoint_auth_method).toBe('none');
  });
});

describe('readClientMetadata() refuses, and names the member (RFC 7591 §3.2.2)', () => {
  it.each([
    ['no redirect URI', { redirect_uris: [] }, 'invalid_redirect_uri: redirect_uris must hold'],
    [
      'redirect URIs that are no array',
      { redirect_uris: CB },
      'invalid_redirect_uri: redirect_uris',
    ],
    ['one that is no text', { redirect_uris: [CB, 7] }, 'invalid_redirect_uri: redirect_uris'],
    [
      'one with a fragment',
      { redirect_uris: [`${CB}#`] },
      'invalid_redirect_uri: redirect_uris[0] must not have a fragment',
    ],
    ['an unknown grant', { grant_types: ['password'] }, 'invalid_client_metadata: grant_types'],
    [
      'the implicit grant',
      { grant_types: ['authorization_code', 'implicit'] },
      'invalid_client_metadata: grant_types',
    ],
    ['no grant', { grant_types: [] }, 'invalid_client_metadata: grant_types'],
    [
      'a sparse array',
      { grant_types: ['authorization_code', null] },
      'invalid_client_metadata: grant_types',
    ],
    [
      'a hybrid response type',
      { response_types: ['code id_token'] },
      'invalid_client_metadata: response_types',
    ],
    [
      'a code without its grant',
      { grant_types: ['refresh_token'], response_types: ['code'] },
      'invalid_client_metadata: response_types',
    ],
    ['a grant without its code', { response_types: [] }, 'invalid_client_metadata: response_types'],
    [
      'an unknown authentication',
      { token_endpoint_auth_method: 'client_secret_jwt' },
      'invalid_client_metadata: token_endpoint_auth_method',
    ],
    [
      'client credentials without credentials (RFC 6749 §4.4)',
      {
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'client_credentials'],
      },
      'invalid_client_metadata: grant_types',
    ],
    [
      'keys by value and by URL',
      { jwks: { keys: [EC] }, jwks_uri: 'https://rp.example/jwks' },
      'invalid_client_metadata: jwks must not',
    ],
    [
      'a private key',
      { jwks: { keys: [{ ...EC, d: 'x' }] } },
      'invalid_client_metadata: jwks must hold public keys',
    ],
    [
      'a symmetric key',
      { jwks: { keys: [{ kty: 'oct', k: 'x' }] } },
      'invalid_client_metadata: jwks must hold public keys',
    ],
    [
      'a weak RSA key',
      { jwks: { keys: [{ kty: 'RSA', n: 'AQAB', e: 'AQAB' }] } },
      'invalid_client_metadata: jwks must not hold an RSA key',
    ],
    ['keys that are no set', { jwks: [EC] }, 'invalid_client_metadata: jwks must be a JWK Set'],
    [
      'private_key_jwt without a key',
      { token_endpoint_auth_method: 'private_key_jwt' },
      'invalid_client_metadata: token_endpoint_auth_method needs jwks',
    ],
    [
      'private_key_jwt with an empty set of keys',
      { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [] } },
      'invalid_client_metadata: token_endpoint_auth_method needs jwks',
    ],
    [
      'a front-channel logout URI of a private-use scheme',
      { redirect_uris: ['com.rp.app:/cb'], frontchannel_logout_uri: 'com.rp.app:/logout' },
      'invalid_client_metadata: frontchannel_logout_uri must use https',
    ],
    [
      'nothing but schemes that nobody owns',
      { redirect_uris: ['myapp://cb', 'urn:ietf:wg:oauth:2.0:oob'] },
      'invalid_redirect_uri: redirect_uris[0] must use https, or a private-use scheme',
    ],
    [
      'a scheme that nobody owns beside a faulty URI',
      { redirect_uris: ['myapp://cb', `${CB}#`] },
      'invalid_redirect_uri: redirect_uris[0] must use https, or a private-use scheme',
    ],
    [
      'a faulty URI beside a good one',
      { redirect_uris: [CB, 'http://rp.example/cb'] },
      'invalid_redirect_uri: redirect_uris[1] must use https',
    ],
    [
      'self-signed TLS without a key',
      { token_endpoint_auth_method: 'self_signed_tls_client_auth' },
      'invalid_client_metadata: token_endpoint_auth_method needs jwks',
    ],
    [
      'PKI TLS without a subject',
      { token_endpoint_auth_method: 'tls_client_auth' },
      'invalid_client_metadata: token_endpoint_auth_method needs exactly one',
    ],
    [
      'PKI TLS with two',
      {
        token_endpoint_auth_method: 'tls_client_auth',
        tls_client_auth_san_dns: 'a.example',
        tls_client_auth_san_ip: '192.0.2.1',
      },
      'invalid_client_metadata: token_endpoint_auth_method needs exactly one',
    ],
    [
      'an http login URI',
      { initiate_login_uri: 'http://rp.example/login' },
      'invalid_client_metadata: initiate_login_uri must use https',
    ],
    [
      'an http jwks_uri',
      { jwks_uri: 'http://rp.example/jwks' },
      'invalid_client_metadata: jwks_uri must use https',
    ],
    [
      'a jwks_uri in a private network',
      { jwks_uri: 'https://10.0.0.1/jwks' },
      'invalid_client_metadata: jwks_uri must not lead to a private network',
    ],
    [
      'a jwks_uri on loopback',
      { jwks_uri: 'http://localhost:9/jwks' },
      'invalid_client_metadata: jwks_uri must use https',
    ],
    [
      'a logout URI with a fragment',
      { backchannel_logout_uri: 'https://rp.example/l#x' },
      'invalid_client_metadata: backchannel_logout_uri must not have a fragment',
    ],
    [
      'a front-channel logout URI elsewhere',
      { frontchannel_logout_uri: 'https://other.example/l' },
      'invalid_client_metadata: frontchannel_logout_uri must have the scheme',
    ],
    [
      'a post-logout URI with a wildcard',
      { post_logout_redirect_uris: ['https://*.rp.example/'] },
      'invalid_client_metadata: post_logout_redirect_uris[0] must not have a wildcard',
    ],
    [
      'a link that runs',
      { client_uri: 'javascript:alert(1)' },
      'invalid_client_metadata: client_uri',
    ],
    [
      'a logo of another scheme',
      { logo_uri: 'data:image/png;base64,AAAA' },
      'invalid_client_metadata: logo_uri',
    ],
    [
      'a name that turns its surroundings',
      { client_name: 'Bank\u202Emoc' },
      'invalid_client_metadata: client_name',
    ],
    [
      'a name that shows nothing',
      { client_name: '\u200B\u2060\u00AD' },
      'invalid_client_metadata: client_name',
    ],
    ['a name of a filler', { client_name: '\u3164' }, 'invalid_client_metadata: client_name'],
    ['a name of spaces', { client_name: '   ' }, 'invalid_client_metadata: client_name'],
    [
      'a name that looks like another',
      { client_name: 'Ba\u200Bnk' },
      'invalid_client_metadata: client_name',
    ],
    ['a name of two lines', { client_name: 'a\nb' }, 'invalid_client_metadata: client_name'],
    [
      'pairwise subjects over two hosts',
      { subject_type: 'pairwise', redirect_uris: [CB, 'https://b.example/'] },
      'invalid_client_metadata: subject_type pairwise',
    ],
    [
      'an unsigned ID token',
      { id_token_signed_response_alg: 'none' },
      'invalid_client_metadata: id_token_signed_response_alg',
    ],
    [
      'an ID token signed with a secret',
      { id_token_signed_response_alg: 'HS256' },
      'invalid_client_metadata: id_token_signed_response_alg',
    ],
    [
      'an unsigned request object',
      { request_object_signing_alg: 'none' },
      'invalid_client_metadata: request_object_signing_alg',
    ],
    [
      'enc without alg',
      { userinfo_encrypted_response_enc: 'A128GCM' },
      'invalid_client_metadata: userinfo_encrypted_response_enc needs',
    ],
    [
      'RSA1_5',
      { id_token_encrypted_response_alg: 'RSA1_5', jwks: { keys: [EC] } },
      'invalid_client_metadata: id_token_encrypted_response_alg',
    ],
    [
      'encryption to nobody',
      { id_token_encrypted_response_alg: 'ECDH-ES' },
      'invalid_client_metadata: id_token_encrypted_response_enc needs a key',
    ],
    ['a scope with a tab', { scope: 'openid\temail' }, 'invalid_client_metadata: scope'],
    ['a negative age', { default_max_age: -1 }, 'invalid_client_metadata: default_max_age'],
    [
      'a flag that is text',
      { require_auth_time: 'true' },
      'invalid_client_metadata: require_auth_time',
    ],
    [
      'CIBA without a mode',
      { grant_types: ['urn:openid:params:grant-type:ciba'], redirect_uris: [] },
      'invalid_client_metadata: backchannel_token_delivery_mode must be',
    ],
    [
      'CIBA push',
      {
        grant_types: ['urn:openid:params:grant-type:ciba'],
        redirect_uris: [],
        backchannel_token_delivery_mode: 'push',
      },
      'invalid_client_metadata: backchannel_token_delivery_mode',
    ],
    [
      'CIBA ping to nowhere',
      {
        grant_types: ['urn:openid:params:grant-type:ciba'],
        redirect_uris: [],
        backchannel_token_delivery_mode: 'ping',
      },
      'invalid_client_metadata: backchannel_token_delivery_mode ping needs',
    ],
    ['a software statement', { software_statement: 'a.b.c' }, 'invalid_software_statement: '],
    [
      'the algorithm of access tokens',
      { access_token_signing_alg: 'RS256' },
      'invalid_client_metadata: access_token_signing_alg',
    ],
  ])('%s', (_, metadata, refusal) => {
    expect(refusalOf(metadata)).toContain(refusal);
  });

  it('a secret in a document (OAuth Client ID Metadata Document §4.1)', () => {
    expect(
      refusalOf({ token_endpoint_auth_method: 'client_secret_post' }, { source: 'document' }),
    ).toContain('token_endpoint_auth_method must not be based on a secret');
  });
});

describe('FAPI 2.0 profiles', () => {
  const keys = { jwks_uri: 'https://rp.example/jwks' };
  const security = { profile: 'fapi2_security', source: 'administrator' };
  const signing = { profile: 'fapi2_message_signing', source: 'administrator' };

  it('turn the switches on together', () => {
    expect(read(keys, security)).toMatchObject({
      token_endpoint_auth_method: 'private_key_jwt',
      require_pushed_authorization_requests: true,
      dpop_bound_access_tokens: true,
      id_token_signed_response_alg: 'PS256',
      require_signed_request_object: false,
    });
    expect(read(keys, signing)).toMatchObject({
      require_signed_request_object: true,
      authorization_signed_response_alg: 'PS256',
      introspection_signed_response_alg: 'PS256',
    });
    expect(
      read({ ...keys, tls_client_certificate_bound_access_tokens: true }, security),
    ).toMatchObject({ dpop_bound_access_tokens: false });
  });

  it.each([
    [
      'a secret (§5.3.2.1)',
      { token_endpoint_auth_method: 'client_secret_basic' },
      'token_endpoint_auth_method',
    ],
    [
      'a public client (§5.3.2.1)',
      { token_endpoint_auth_method: 'none' },
      'token_endpoint_auth_method',
    ],
    [
      'no PAR (§5.3.2.2)',
      { require_pushed_authorization_requests: false },
      'require_pushed_authorization_requests',
    ],
    ['bearer tokens (§5.3.2.1)', { dpop_bound_access_tokens: false }, 'dpop_bound_access_tokens'],
    ['RS256 (§5.4.1)', { id_token_signed_response_alg: 'RS256' }, 'id_token_signed_response_alg'],
    [
      'RS256 from the client (§5.4.1)',
      { token_endpoint_auth_signing_alg: 'RS256' },
      'token_endpoint_auth_signing_alg',
    ],
    ['http redirects (§5.3.2.2)', { redirect_uris: ['http://localhost/cb'] }, 'redirect_uris'],
  ])('refuse %s', (_, metadata, member) => {
    expect(refusalOf({ ...keys, ...metadata }, security)).toContain(`: ${member} must`);
  });

  it('refuse unsigned requests where messages are signed', () => {
    expect(refusalOf({ ...keys, require_signed_request_object: false }, signing)).toContain(
      'require_signed_request_object must be true',
    );
  });
});
