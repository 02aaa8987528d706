import { decodeJwt } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';

import { INSPECTOR_SCRIPT } from '../../../../support/identity-services.ts';
import { PageFixture } from '../../../../support/page-fixture.ts';

const PATH = '/connect/inspector';

let test: PageFixture;
beforeEach(async () => {
  test = await PageFixture.start();
});

type Given = { readonly accessToken: string; readonly expiresIn: number };

const ask = (headers: Readonly<Record<string, string>>) =>
  test.browser.fetch(`${PATH}/token`, {
    method: 'POST',
    headers: { origin: test.issuer, 'sec-fetch-site': 'same-origin', ...headers },
  });

const csrfHeader = async () => {
  const { csrf_token = '' } = await test.csrf();
  return { 'x-csrf-token': csrf_token };
};

describe('GET /connect/inspector', () => {
  it('sends somebody who is not signed in to sign in, and back', async () => {
    const page = await test.browser.fetch(PATH, { redirect: 'manual' });
    expect([page.status, page.headers.get('location')]).toEqual([303, '/sign-in']);
    const signedIn = await test.post('/sign-in', await test.signInFields());
    expect([signedIn.status, signedIn.headers.get('location')]).toEqual([303, PATH]);
  });

  it('runs our script, which sends requests only to us and to the hub', async () => {
    await test.signIn();
    const page = await test.browser.fetch(PATH);
    const html = await page.text();
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain(
      "script-src 'self'; connect-src 'self' wss://id.example.test; require-trusted-types-for 'script'; trusted-types 'none'; ",
    );
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|<script>/);
    expect(html).toContain('data-connect-url="wss://id.example.test/connect"');
    const [, file = ''] = /<script src="(\/pages\/inspector-\w+\.js)" defer[^>]*>/.exec(html) ?? [];
    const script = await test.browser.fetch(file);
    expect(await script.text()).toBe(INSPECTOR_SCRIPT);
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    const [, style = ''] = /href="(\/pages\/inspector-\w+\.css)"/.exec(html) ?? [];
    const css = await test.browser.fetch(style);
    expect(css.headers.get('content-type')).toBe('text/css; charset=utf-8');
  });
});

describe('POST /connect/inspector/token', () => {
  it('gives the token that a sign-in gives, for five minutes', async () => {
    await test.signIn();
    const session = await test.session();
    const answer = await ask(await csrfHeader());
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const { accessToken, expiresIn } = await answer.json<Given>();
    expect(expiresIn).toBe(300);
    const claims = decodeJwt(accessToken);
    expect(claims).toMatchObject({
      sub: test.accountId,
      sid: session?.grant.sessionId,
      client_id: test.identity.services.config.clientId,
      scope: 'openid profile email offline_access',
      roles: session?.grant.roles,
    });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(300);
  });

  it('gives a token that is revoked with its session for as long as it lives', async () => {
    await test.signIn();
    const session = await test.session();
    if (session === undefined) throw new Error('Cannot find the session');
    test.backend.now += 3_600_000;
    const { accessToken } = await (await ask(await csrfHeader())).json<Given>();
    await test.backend.user.endSession(session.grant.sessionId, 'logout');
    const [revoked] = test.backend.user.takeRevocations();
    expect(revoked?.expiresAt).toBeGreaterThan(decodeJwt(accessToken).exp ?? Infinity);
  });

  it('gives another token each time', async () => {
    await test.signIn();
    const header = await csrfHeader();
    const ids = new Set<unknown>();
    for (let times = 0; times < 3; times += 1) {
      const { accessToken } = await (await ask(header)).json<Given>();
      ids.add(decodeJwt(accessToken).jti);
    }
    expect(ids.size).toBe(3);
  });

  it.each([
    ['without the page’s token', { 'x-csrf-token': '' }],
    ['with another one', { 'x-csrf-token': 'A'.repeat(43) }],
    ['from another origin', { origin: 'https://evil.example' }],
    ['from another site', { 'sec-fetch-site': 'cross-site' }],
    ['from a neighbour', { 'sec-fetch-site': 'same-site' }],
  ])('gives no token %s', async (_, wrong) => {
    await test.signIn();
    const answer = await ask({ ...(await csrfHeader()), ...wrong });
    expect(answer.status).toBe(403);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(await answer.text()).not.toContain('accessToken');
  });

  it('gives no token to somebody who is not or no longer signed in', async () => {
    expect((await ask(await csrfHeader())).status).toBe(401);
    await test.signIn();
    const session = await test.session();
    if (session === undefined) throw new Error('Cannot find the session');
    const header = await csrfHeader();
    await test.backend.user.endSession(session.grant.sessionId, 'logout');
    const answer = await ask(header);
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ code: 'SESSION_TERMINATED' });
  });

  it('cannot be opened as a page', async () => {
    await test.signIn();
    expect((await test.browser.fetch(`${PATH}/token`)).status).toBe(405);
  });
});
