import { describe, expect, it } from 'vitest';

import { originSource, pageHeaders } from '../../../workers/kit/page.ts';

const directives = (policy: Parameters<typeof pageHeaders>[0]) =>
  pageHeaders(policy)['content-security-policy']?.split('; ');

describe('the headers of a page', () => {
  it('forbid scripts, frames, storage and what the page does not need', () => {
    expect(directives({})).toEqual([
      "default-src 'none'",
      "style-src 'self'",
      "img-src 'self'",
      "form-action 'self'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ]);
    expect(pageHeaders()).toMatchObject({
      'x-frame-options': 'DENY',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'referrer-policy': 'same-origin',
    });
  });

  it('admit exactly the origins that the page names', () => {
    const url = new URL('https://app.example.com/callback?x=1');
    expect(
      directives({
        formActions: ["'self'", 'https:'],
        images: [new URL('https://cdn.example.com/logo.svg')],
        frames: [url, new URL('https://app.example.com/other')],
        scriptAsks: [new URL('http://[::1]:8080/')],
      }),
    ).toEqual([
      "default-src 'none'",
      "style-src 'self'",
      "script-src 'self'",
      "connect-src 'self' http:",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
      "img-src 'self' https://cdn.example.com",
      "form-action 'self' https:",
      'frame-src https://app.example.com',
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ]);
  });

  it('let a page’s own script send requests only to us', () => {
    expect(directives({ scriptAsks: [] })).toContain("connect-src 'self'");
  });
});

describe('originSource', () => {
  it('is the origin, or the scheme where a host has no form in a policy', () => {
    expect(originSource(new URL('https://a.example:8443/x'))).toBe('https://a.example:8443');
    expect(originSource(new URL('http://[::1]:3000/'))).toBe('http:');
  });
});
