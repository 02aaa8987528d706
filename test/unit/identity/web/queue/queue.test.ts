import { describe, expect, it } from 'vitest';

import { parseConfig } from '../../../../../workers/identity/config.ts';
import { returnUrl } from '../../../../../workers/identity/web/queue/queue.tsx';
import { QUEUE_SCRIPT } from '../../../../../workers/identity/web/queue/queue-script.ts';
import { SETTINGS } from '../../../../support/identity-services.ts';
import { PageFixture } from '../../../../support/page-fixture.ts';

const CORS_ORIGINS = 'https://play.example.test http://localhost:3000';
const config = parseConfig({ ...SETTINGS, CORS_ORIGINS });

describe('the return address of the queue', () => {
  it.each([
    ['/play', '/play'],
    ['/play?level=1&x=%20', '/play?level=1&x=%20'],
    ['/', '/'],
    ['https://id.example.test/play?a=b', '/play?a=b'],
    ['https://play.example.test', 'https://play.example.test/'],
    ['https://play.example.test/go?a=b', 'https://play.example.test/go?a=b'],
    ['https://PLAY.example.test:443/', 'https://play.example.test/'],
    ['http://localhost:3000/', 'http://localhost:3000/'],
  ])('may be %s', (text, target) => {
    expect(returnUrl(text, config)).toBe(target);
  });

  it.each([
    '',
    'https://evil.test/',
    'http://play.example.test/',
    'https://play.example.test:8443/',
    'https://play.example.test.evil.test/',
    'https://play.example.test@evil.test/',
    'https://user@play.example.test/',
    'https://user:secret@play.example.test/',
    'http://localhost:3001/',
    '//evil.test/',
    '/\\evil.test/',
    '\\\\evil.test/',
    '/..//evil.test/',
    '/.//evil.test/',
    '/%2e//evil.test',
    'https://id.example.test//evil.test/',
    'javascript:alert(1)',
    'data:text/html,x',
    'blob:https://play.example.test/1',
    '/play#ticket=x',
    '/play ',
    ' /play',
    '/pl\tay',
    '/pl\nay',
    '/plä',
    `/${'x'.repeat(2_000)}`,
  ])('may not be %j', (text) => {
    expect(returnUrl(text, config)).toBeUndefined();
  });

  it('must be given, and must not be of an origin that is not configured', () => {
    expect(returnUrl(undefined, config)).toBeUndefined();
    expect(returnUrl('https://play.example.test/', parseConfig(SETTINGS))).toBeUndefined();
  });

  it.each(['https://play.example.test/x', 'play.example.test', '*', 'ftp://a.test'])(
    'cannot be configured with %s',
    (wrong) => {
      expect(() => parseConfig({ ...SETTINGS, CORS_ORIGINS: wrong })).toThrow('CORS_ORIGINS');
    },
  );
});

describe('GET /queue', () => {
  it('runs one script, which is ours and sends requests only to us', async () => {
    const test = new PageFixture({ CORS_ORIGINS });
    const page = await test.browser.fetch('/queue?return=https://play.example.test/go');
    const html = await page.text();
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    );
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(html).toContain('data-return="https://play.example.test/go"');
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=/);
    const [, file = ''] =
      /<script src="(\/pages\/queue-\w+\.js)" defer[^>]*><\/script>/.exec(html) ?? [];
    const script = await test.browser.fetch(file);
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(await script.text()).toBe(QUEUE_SCRIPT);
  });

  it('escapes the return address', async () => {
    const page = await new PageFixture().browser.fetch(
      `/queue?return=${encodeURIComponent('/a"b<c>')}`,
    );
    expect(await page.text()).toContain('data-return="/a%22b%3Cc%3E"');
  });

  it('answers with an error page where the return address is refused', async () => {
    for (const query of ['', '?return=', '?return=https://evil.test/']) {
      const page = await new PageFixture().browser.fetch(`/queue${query}`);
      const html = await page.text();
      expect([page.status, html.includes('This link leads nowhere')]).toEqual([400, true]);
      expect(html).not.toContain('evil.test');
      expect(page.headers.get('content-security-policy')).not.toContain('script-src');
    }
  });
});
