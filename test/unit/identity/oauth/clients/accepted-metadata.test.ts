import { describe, expect, it } from 'vitest';

import { CB, EC, RSA_N, read, refusalOf } from '../../../../support/client-metadata-fixture.ts';

describe('judgeClientMetadata() registers what is good of a redirect URI list (RFC 7591 §2)', () => {
  const desktop = ['editor://auth/cb', 'http://127.0.0.1:33418/', 'com.example.editor:/cb', CB];

  it('without the schemes that nobody owns', () => {
    for (const source of ['client', 'document']) {
      const metadata = {
        redirect_uris: desktop,
        post_logout_redirect_uris: ['editor://bye', CB],
      };
      const registered = read(metadata, { source });
      expect(registered.redirect_uris).toEqual(desktop.slice(1));
      expect(registered.post_logout_redirect_uris).toEqual([CB]);
    }
  });

  it('but tells an administrator', () => {
    expect(refusalOf({ redirect_uris: desktop }, { source: 'administrator' })).toContain(
      'redirect_uris[0] must use https, or a private-use scheme',
    );
  });

  it('and takes a private-use scheme whatever type the client names', () => {
    const redirect_uris = ['com.example.editor:/cb'];
    expect(read({ redirect_uris }).application_type).toBe('native');
    expect(read({ redirect_uris, application_type: 'web' })).toMatchObject({
      redirect_uris,
      application_type: 'web',
    });
    expect(read({ redirect_uris: ['http://localhost:3000/cb'] }).application_type).toBe('native');
  });
});

describe('judgeClientMetadata() accepts', () => {
  it.each([
    ['a mode of CIBA without its grant', { backchannel_token_delivery_mode: 'poll' }],
    ['a set of no keys', { jwks: { keys: [] } }],
    [
      'a set of no keys beside a URL of keys',
      { jwks: { keys: [] }, jwks_uri: 'https://rp.example/jwks' },
    ],
    ['claims in ID tokens', { id_token_claims: true }],
    ['names in other languages', { client_name: 'App', 'client_name#de': 'Anwendung', 'x#y#z': 1 }],
    ['keys', { jwks: { keys: [EC, { kty: 'RSA', n: RSA_N, e: 'AQAB' }] } }],
    ['pairwise subjects of one host', { subject_type: 'pairwise', redirect_uris: [CB, `${CB}2`] }],
    [
      'pairwise subjects of a sector',
      {
        subject_type: 'pairwise',
        redirect_uris: [CB, 'https://b.example/'],
        sector_identifier_uri: 'https://s.example/s.json',
      },
    ],
    [
      'a front-channel logout URI of its own',
      { frontchannel_logout_uri: 'https://rp.example/logout?x=1' },
    ],
    [
      'TLS by a subject',
      {
        token_endpoint_auth_method: 'tls_client_auth',
        tls_client_auth_subject_dn: 'CN=rp, O=Örtli',
      },
    ],
    [
      'what MCP clients send',
      {
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
        client_name: 'Claude',
        logo_uri: '',
        scope: 'openid offline_access',
      },
    ],
    [
      'a request URI with the hash of what is there',
      { request_uris: ['https://rp.example/r#hash'] },
    ],
  ])('%s', (_, metadata) => {
    expect(refusalOf(metadata)).toBe('accepted');
  });

  it('loopback URLs of our own machine, where they are allowed', () => {
    const metadata = {
      jwks_uri: 'http://127.0.0.1:9/jwks',
      backchannel_logout_uri: 'http://localhost:9/l',
    };
    expect(refusalOf(metadata, { allowLoopback: true })).toBe('accepted');
  });

  it('the algorithm of access tokens, from an administrator', () => {
    expect(refusalOf({ access_token_signing_alg: 'PS256' }, { source: 'administrator' })).toBe(
      'accepted',
    );
  });
});
