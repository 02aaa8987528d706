import { beforeEach, describe, expect, it } from 'vitest';

import { formActionSources } from '../../../../workers/identity/web/kit/form-action.ts';
import { pageRoutes } from '../../../../workers/identity/web/page-routes.ts';
import { ADA } from '../../../support/identity-fixture.ts';
import { PageFixture } from '../../../support/page-fixture.ts';

let test: PageFixture;
beforeEach(async () => {
  test = await PageFixture.start();
});

const FORMS = pageRoutes()
  .routes.filter(({ method }) => method === 'POST')
  .map(({ path }) => path);
const ALL_FORMS = [...new Set(FORMS)];

describe.each(ALL_FORMS)('the form of %s (CSRF)', (path) => {
  const fields = async (): Promise<Record<string, string>> => ({
    ...(await test.csrf()),
    ...ADA,
    display_name: 'Hacked',
    answer: 'allow',
  });
  const isRefused = async (response: Response) => {
    expect(response.status).toBe(403);
    expect(await response.text()).toContain('This form did not come from here');
    expect(test.backend.user.ended).toEqual([]);
    expect((await test.backend.accounts.find(test.accountId))?.displayName).toBeNull();
    expect(test.backend.accounts.stored.size).toBe(2);
  };

  it('must carry the browser’s token', async () => {
    await test.signIn();
    const { csrf_token: token = '', ...without } = await fields();
    await isRefused(await test.post(path, without));
    await isRefused(await test.post(path, { ...without, csrf_token: '' }));
    await isRefused(await test.post(path, { ...without, csrf_token: token.toUpperCase() }));
  });

  it('must not carry that of another browser', async () => {
    const attacker = await test.anotherBrowser().open('/create-account');
    const stolen = attacker.form('Create account').fields['csrf_token'] ?? '';
    await test.signIn();
    await isRefused(await test.post(path, { ...(await fields()), csrf_token: stolen }));
  });

  it.each([
    { origin: 'https://evil.example' },
    { origin: 'https://id.example.test.evil.example' },
    { origin: 'http://id.example.test' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'null', 'sec-fetch-site': 'cross-site' },
  ])('must not come from %o', async (headers) => {
    await test.signIn();
    await isRefused(await test.post(path, await fields(), headers));
  });

  it('must come from a browser that keeps the cookie', async () => {
    const form = await fields();
    const response = await test.anotherBrowser().fetch(path, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers: { origin: test.issuer },
    });
    await isRefused(response);
  });

  it('must be a form of at most 8 KiB that has each field once', async () => {
    const form = await fields();
    const send = async (body: string, type = 'application/x-www-form-urlencoded') =>
      test.browser.fetch(path, {
        method: 'POST',
        body,
        headers: { origin: test.issuer, 'content-type': type },
      });
    const text = new URLSearchParams(form).toString();
    expect((await send(JSON.stringify(form), 'application/json')).status).toBe(400);
    expect((await send(text, 'text/plain')).status).toBe(400);
    expect((await send(`${text}&csrf_token=x`)).status).toBe(400);
    const large = await send(`${text}&more=${'x'.repeat(9_000)}`);
    expect([large.status, large.headers.get('content-type')]).toEqual([
      413,
      'text/html; charset=UTF-8',
    ]);
  });
});

describe('the headers of a page', () => {
  const PAGES = ['/sign-in', '/create-account', '/account', '/signed-out', '/consent'];

  it.each(PAGES)('keep %s from being framed, stored, or made to run a script', async (path) => {
    await test.signIn();
    const { headers } = await test.browser.fetch(
      path === '/sign-in' ? `${path}?account=other` : path,
    );
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    );
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('same-origin');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
    expect(headers.get('permissions-policy')).toContain('camera=()');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('x-correlation-id')).toBeTruthy();
  });

  it.each([
    ['https://app.example.test/cb', "form-action 'self';"],
    ['http://127.0.0.1:49152/cb', "form-action 'self';"],
    ['com.example.app:/callback', "form-action 'self' com.example.app:;"],
  ])('let forms lead to us alone, or to the app that waits (%s)', async (redirectUri, policy) => {
    const { id } = await test.interaction({ redirectUri });
    const headers = { 'sec-fetch-mode': 'navigate' };
    const page = await test.browser.fetch(`/sign-in?interaction=${id}`, { headers });
    expect(page.headers.get('content-security-policy')).toContain(policy);
  });

  it('let forms lead to the client that waits in a browser that does not say that it opens pages', async () => {
    const { id } = await test.interaction({ redirectUri: 'com.example.app:/callback' });
    const { headers } = await test.browser.fetch(`/sign-in?interaction=${id}`);
    expect(headers.get('content-security-policy')).toContain(
      "form-action 'self' https: com.example.app:;",
    );
  });

  it.each([
    ['https://app.example/cb', "'self' https:"],
    ['http://127.0.0.1:49152/cb', "'self' https: http://127.0.0.1:49152"],
    ['http://localhost:3000/cb', "'self' https: http://localhost:3000"],
    ['http://[::1]:3000/cb', "'self' https: http:"],
    ['com.example.app:/cb', "'self' https: com.example.app:"],
    ["https://a.example;script-src'unsafe-inline'/cb", "'self' https:"],
    ['http://a;default-src/cb', "'self' https: http:"],
  ])('admit %s as a source of the policy', (redirectUri, expected) => {
    expect(formActionSources(redirectUri, false).join(' ')).toBe(expected);
  });

  it('admit pictures of the brand’s host', async () => {
    const BRAND_LOGO_URI = 'https://cdn.example/brand/logo.svg';
    const { headers } = await new PageFixture({ BRAND_LOGO_URI }).browser.fetch('/signed-out');
    expect(headers.get('content-security-policy')).toContain("img-src 'self' https://cdn.example;");
  });
});

describe('a page', () => {
  it('has no script, no inline style and no handler', async () => {
    await test.signIn();
    const { id } = await test.interaction();
    for (const path of ['/account', `/consent?interaction=${id}`, '/create-account']) {
      const { html } = await test.browser.open(path);
      expect(html).not.toMatch(/<script|<style|\sstyle=|\son\w+=/);
      expect(html).toMatch(/^<!doctype html><html lang="en" dir="ltr">/);
    }
  });

  it('loads stylesheets that browsers may keep for good', async () => {
    const { html } = await test.browser.open('/signed-out');
    const files = [...html.matchAll(/(?:href)="(\/pages\/[^"]+)"/g)].map(([, path = '']) => path);
    expect(files).toHaveLength(3);
    for (const file of files) {
      const response = await test.browser.fetch(file);
      expect(response.status).toBe(200);
      expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
      expect(response.headers.get('content-type')).toMatch(/^(text\/css|image\/svg\+xml)/);
      const older = await test.browser.fetch(file.replace(/-\w+\./, '-older.'));
      expect([older.status, older.headers.get('cache-control')]).toEqual([200, 'no-cache']);
    }
    expect((await test.browser.fetch('/pages/else-1.css')).status).toBe(404);
  });

  it('that fails shows the cause in the log alone', async () => {
    await test.signIn();
    test.backend.accounts.find = async () => Promise.reject(new TypeError('Cannot read: secret'));
    test.backend.consents.list = async () => Promise.reject(new TypeError('Cannot read: secret'));
    const page = await test.browser.open('/account');
    expect(page.status).toBe(503);
    expect(page.text).toContain('Details for support');
    expect(page.text).toContain(page.headers.get('x-correlation-id') ?? 'none');
    expect(page.html).not.toContain('secret');
    expect(JSON.stringify(test.backend.logged)).toContain('Cannot read: secret');
  });
});

describe('a page that says what is wrong', () => {
  const titleOf = async (response: Response): Promise<string> =>
    /<title>([^<]*)<\/title>/.exec(await response.text())?.[1] ?? '';

  it('says so in its title, which screen readers read first', async () => {
    const good = await titleOf(await test.browser.fetch('/sign-in'));
    const fields = { ...(await test.csrf()), email: 'x', password: '' };
    const bad = await titleOf(await test.post('/sign-in', fields));
    expect(good).not.toContain('Error');
    expect(bad).toBe(`Error: ${good}`);
  });

  it.each(['/consent?interaction=AAAAAAAAAAAAAAAAAAAAAA', '/account/requests/x'])(
    'leads somewhere: %s',
    async (path) => {
      await test.signIn();
      const response = await test.browser.fetch(path, { headers: { accept: 'text/html' } });
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(await response.text()).toContain('<a href="/">Start page</a>');
    },
  );
});
