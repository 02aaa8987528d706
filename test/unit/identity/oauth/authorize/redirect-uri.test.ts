import { describe, expect, it } from 'vitest';

import {
  chooseRedirectUri,
  isLoopback,
} from '../../../../../workers/identity/oauth/authorize/redirect-uri.ts';

const REGISTERED = ['https://app.example.test/cb'];
const LOOPBACK = [
  'http://127.0.0.1/cb',
  'http://[::1]:3000/cb',
  'http://localhost:8080/cb?app=1',
  'http://127.0.0.1',
];

describe('a redirect URI that is compared character by character (RFC 9700 §2.1)', () => {
  it('is accepted where it is registered', () => {
    expect(chooseRedirectUri(REGISTERED, 'https://app.example.test/cb', true)).toEqual({
      ok: true,
      value: 'https://app.example.test/cb',
    });
  });

  it.each([
    ['a trailing slash', 'https://app.example.test/cb/'],
    ['a prefix', 'https://app.example.test/c'],
    ['a longer path', 'https://app.example.test/cb/more'],
    ['a query', 'https://app.example.test/cb?x=1'],
    ['an empty query', 'https://app.example.test/cb?'],
    ['a fragment', 'https://app.example.test/cb#x'],
    ['an empty fragment', 'https://app.example.test/cb#'],
    ['user information', 'https://app.example.test@evil.test/cb'],
    ['user information before the host', 'https://evil@app.example.test/cb'],
    ['an upper-case host', 'https://APP.example.test/cb'],
    ['an upper-case scheme', 'HTTPS://app.example.test/cb'],
    ['an upper-case path', 'https://app.example.test/CB'],
    ['the default port', 'https://app.example.test:443/cb'],
    ['another port', 'https://app.example.test:8443/cb'],
    ['another scheme', 'http://app.example.test/cb'],
    ['dot segments', 'https://app.example.test/x/../cb'],
    ['encoded dot segments', 'https://app.example.test/%2e%2e/cb'],
    ['an encoded letter', 'https://app.example.test/%63b'],
    ['backslashes', 'https:\\\\app.example.test\\cb'],
    ['a backslash before the host', 'https://evil.test\\@app.example.test/cb'],
    ['a host that begins alike', 'https://app.example.test.evil.test/cb'],
    ['a host that ends alike', 'https://evil-app.example.test/cb'],
    ['a subdomain', 'https://sub.app.example.test/cb'],
    ['a trailing dot', 'https://app.example.test./cb'],
    ['a full-width letter', 'https://ａpp.example.test/cb'],
    ['a Cyrillic letter', 'https://аpp.example.test/cb'],
    ['its Punycode', 'https://xn--pp-6kc.example.test/cb'],
    ['a zero-width space', 'https://app.example.test/cb\u200b'],
    ['a space before', ' https://app.example.test/cb'],
    ['a line break after', 'https://app.example.test/cb\n'],
    ['a tab within', 'https://app.exa\tmple.test/cb'],
    ['two slashes', 'https://app.example.test//cb'],
    ['no scheme', '//app.example.test/cb'],
    ['a script', 'javascript:alert(1)'],
    ['data', 'data:text/html,hello'],
    ['loopback that is not registered', 'http://127.0.0.1/cb'],
  ])('is refused with %s', (_, uri) => {
    expect(chooseRedirectUri(REGISTERED, uri, false)).toEqual({
      ok: false,
      error: 'not_registered',
    });
  });
});

describe('a loopback redirect URI (RFC 8252 §7.3)', () => {
  it.each([
    'http://127.0.0.1/cb',
    'http://127.0.0.1:1/cb',
    'http://127.0.0.1:51004/cb',
    'http://[::1]/cb',
    'http://[::1]:65535/cb',
    'http://localhost:3000/cb?app=1',
    'http://127.0.0.1:8000',
  ])('is accepted with any port: %s', (uri) => {
    expect(chooseRedirectUri(LOOPBACK, uri, true)).toEqual({ ok: true, value: uri });
  });

  it.each([
    ['another path', 'http://127.0.0.1:3000/other'],
    ['no path', 'http://[::1]:3000'],
    ['a slash that was not registered', 'http://127.0.0.1:8000/'],
    ['another query', 'http://localhost:3000/cb?app=2'],
    ['no query', 'http://localhost:3000/cb'],
    ['another loopback address', 'http://[::1]:3000/cb?app=1'],
    ['another address of this machine', 'http://127.0.0.2:3000/cb'],
    ['a short address', 'http://127.1:3000/cb'],
    ['a number for an address', 'http://2130706433/cb'],
    ['a long IPv6 address', 'http://[0:0:0:0:0:0:0:1]:3000/cb'],
    ['an upper-case name', 'http://LOCALHOST:3000/cb?app=1'],
    ['a name that begins alike', 'http://localhost.evil.test:3000/cb?app=1'],
    ['user information that looks like a port', 'http://127.0.0.1:80@evil.test/cb'],
    ['user information', 'http://user@127.0.0.1:3000/cb'],
    ['a fragment', 'http://127.0.0.1:3000/cb#x'],
    ['TLS', 'https://127.0.0.1:3000/cb'],
    ['port 0', 'http://127.0.0.1:0/cb'],
    ['an empty port', 'http://127.0.0.1:/cb'],
    ['a port with a leading zero', 'http://127.0.0.1:03000/cb'],
    ['a port beyond the last', 'http://127.0.0.1:65536/cb'],
    ['a long port', 'http://127.0.0.1:300000/cb'],
    ['dot segments', 'http://127.0.0.1:3000/x/../cb'],
    ['a line break', 'http://127.0.0.1:3000/cb\n'],
    ['a backslash', 'http://127.0.0.1:3000\\cb'],
  ])('is refused with %s', (_, uri) => {
    expect(chooseRedirectUri(LOOPBACK, uri, false).ok).toBe(false);
  });

  it('only has http', () => {
    expect(isLoopback('http://localhost:3000/cb')).toBe(true);
    expect(isLoopback('https://localhost:3000/cb')).toBe(false);
    expect(isLoopback('http://app.example.test/cb')).toBe(false);
  });
});

describe('a redirect URI that is left out', () => {
  it('is the only one that is registered (RFC 6749 §3.1.2.3)', () => {
    expect(chooseRedirectUri(REGISTERED, undefined, false)).toEqual({
      ok: true,
      value: 'https://app.example.test/cb',
    });
  });

  it.each([
    ['several are registered', [...REGISTERED, 'https://app.example.test/other'], false],
    ['none is', [], false],
    ['it is an authentication request (OpenID Connect Core §3.1.2.1)', REGISTERED, true],
  ])('is missing where %s', (_, registered, isAuthentication) => {
    expect(chooseRedirectUri(registered, undefined, isAuthentication)).toEqual({
      ok: false,
      error: 'missing',
    });
  });
});
