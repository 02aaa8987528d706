import { describe, expect, it } from 'vitest';

import { redirectUriFault } from '../../../../../workers/identity/oauth/clients/registered-redirect-uri.ts';

describe('a redirect URI', () => {
  it.each([
    'https://rp.example/cb',
    'https://rp.example/cb?tenant=1',
    'https://rp.example',
    'https://rp.example:8443/cb/',
    'http://localhost:3000/cb',
    'http://127.0.0.1/cb',
    'http://[::1]:5000/cb',
  ])('may be %s', (uri) => {
    expect(redirectUriFault(uri)).toBeUndefined();
  });

  it.each(['com.example.app:/cb', 'com.example.app://cb', 'com.example.app:/cb?x=1'])(
    'of a private-use scheme may be %s (RFC 8252 §7.1)',
    (uri) => {
      expect(redirectUriFault(uri)).toBeUndefined();
    },
  );

  it.each([
    ['/cb', 'absolute'],
    ['rp.example/cb', 'absolute'],
    ['https://rp.example/cb#', 'fragment'],
    ['https://rp.example/cb#a', 'fragment'],
    ['https://*.rp.example/cb', 'wildcard'],
    ['https://rp.example/*', 'wildcard'],
    ['http://rp.example/cb', 'https'],
    ['http://localhost.rp.example/cb', 'https'],
    ['http://127.0.0.1.rp.example/cb', 'https'],
    ['http://10.0.0.1/cb', 'https'],
    ['javascript:alert(1)', 'private-use'],
    ['data:text/html,x', 'private-use'],
    ['vbscript:x', 'private-use'],
    ['file:///etc/passwd', 'private-use'],
    ['myapp://cb', 'private-use'],
    ['urn:ietf:wg:oauth:2.0:oob', 'private-use'],
    ['Com.Example.App:/cb', 'lower case'],
    ['https://user@rp.example/cb', 'credentials'],
    ['https://user:pw@rp.example/cb', 'credentials'],
    ['https://@rp.example/cb', 'credentials'],
    ['https://rp.example/a/../cb', 'dot segments'],
    ['https://rp.example/a/%2e%2E/cb', 'dot segments'],
    ['https://rp.example/.', 'dot segments'],
    ['https://rp.example/a/.%2e', 'dot segments'],
    ['com.example.app:/a/../b', 'dot segments'],
    [String.raw`https://rp.example\@evil.example/cb`, 'plain'],
    ['https://rp.example/c b', 'plain'],
    ['https://rp.example/\tcb', 'plain'],
    ['https://rp.exämple/cb', 'plain'],
    ['https://rp。example/cb', 'plain'],
    ['https:rp.example/cb', 'authority'],
    ['https:/rp.example/cb', 'authority'],
    [`https://rp.example/${'a'.repeat(2_000)}`, 'too long'],
  ])('must not be %s', (uri, why) => {
    expect(redirectUriFault(uri)).toContain(why);
  });
});
