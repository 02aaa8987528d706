import { beforeEach, describe, expect, it } from 'vitest';

import { unsealText } from '../../../../../shared/tokens/sealed-text.ts';
import {
  ACME,
  begin,
  callbackOf,
  SocialFixture,
  signInAt,
  VERIFIED,
} from '../../../../support/social-fixture.ts';

let test: SocialFixture;
beforeEach(async () => {
  test = await SocialFixture.start();
});

const location = (response: Response) => response.headers.get('location');

describe('signing in with a provider', () => {
  it('is offered on the pages', async () => {
    const page = await test.browser.open('/sign-in');
    expect(page.html).toContain('<a class="button quiet" href="/sign-in/acme">Continue with Acme');
    expect((await test.browser.open('/create-account')).html).toContain('href="/sign-in/apple"');
  });

  it('asks with PKCE, a nonce and a state, at an address of its own (RFC 9700 §2.1)', async () => {
    const url = new URL(await begin(test.browser, 'acme'));
    expect(url.origin + url.pathname).toBe(`${ACME}/authorize`);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      response_type: 'code',
      client_id: 'our-client',
      redirect_uri: `${test.issuer}/api/v1/auth/oauth/acme/callback`,
      scope: 'openid email profile',
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{100,1000}$/),
    });
  });

  it('creates an account, signs in, and signs in to it again', async () => {
    const response = await signInAt(test.browser, test.acme, 'acme');
    expect([response.status, location(response)]).toEqual([303, '/account']);
    const [identity] = test.identities();
    expect(identity).toMatchObject({ provider: 'acme', subject: 'user-1', displayName: 'Zoë' });
    const { accountId = test.accountId } = identity ?? {};
    expect(await test.backend.accounts.find(accountId)).toMatchObject({
      email: 'zoe@example.test',
      emailVerified: true,
      displayName: 'Zoë',
    });
    expect((await test.session())?.grant).toMatchObject({
      accountId,
      amr: ['fed'],
      acr: 'urn:sallyport:acr:fed',
    });
    const again = test.anotherBrowser();
    test.backend.now += 60_000;
    await signInAt(again, test.acme, 'acme');
    expect((await test.session(again))?.grant.accountId).toBe(accountId);
    expect(test.identities()).toMatchObject([{ accountId, lastUsedAt: test.backend.now }]);
    expect(await test.backend.accounts.find(accountId)).toMatchObject({
      lastLoginAt: test.backend.now,
    });
  });

  it('continues the interaction in which it began', async () => {
    const { id } = await test.interaction({ prompts: ['login'], loginHint: 'zoe@example.test' });
    const url = new URL(await begin(test.browser, 'acme', id));
    expect(url.searchParams.get('max_age')).toBe('0');
    expect(url.searchParams.get('login_hint')).toBe('zoe@example.test');
    const response = await test.browser.fetch(callbackOf('acme', test.acme.authorize(url.href)));
    expect(location(response)).toBe(`/oauth2/authorize/resume?interaction=${id}`);
    const [identity] = test.identities();
    expect(test.saved(id).signedIn).toEqual({
      accountId: identity?.accountId,
      at: test.backend.now,
    });
  });

  it('authenticates at the provider as configured, and sends the verifier (RFC 7636 §4.5)', async () => {
    const url = await begin(test.browser, 'other');
    await test.browser.fetch(callbackOf('other', test.other.authorize(url)));
    const [request] = test.other.tokenRequests;
    expect(request?.headers.get('authorization')).toBe(
      `Basic ${btoa('our-client:secret+of+other')}`,
    );
    expect(request?.form.get('client_secret')).toBeNull();
    expect(Object.fromEntries(request?.form ?? [])).toMatchObject({
      grant_type: 'authorization_code',
      code: 'code-0',
      redirect_uri: `${test.issuer}/api/v1/auth/oauth/other/callback`,
      code_verifier: expect.stringMatching(/^[\w-]{43}$/),
    });
  });

  it('takes the e-mail of UserInfo where the ID token has none', async () => {
    test.acme.bends = {};
    Object.assign(test.acme.userinfo, VERIFIED, { email: 'info@example.test' });
    await signInAt(test.browser, test.acme, 'acme');
    expect(test.identities()).toMatchObject([{ email: 'info@example.test' }]);
  });

  it('refuses UserInfo of another subject (Core §5.3.2)', async () => {
    test.acme.bends = {};
    Object.assign(test.acme.userinfo, { sub: 'user-2', ...VERIFIED });
    const response = await signInAt(test.browser, test.acme, 'acme');
    expect(location(response)).toContain('notice=failed');
    expect(test.identities()).toEqual([]);
  });

  it('creates one account, even with several simultaneous callbacks of a new identity', async () => {
    const browsers = Array.from({ length: 4 }, () => test.anotherBrowser());
    const urls = await Promise.all(browsers.map((one) => begin(one, 'acme')));
    const answers = urls.map((url) => callbackOf('acme', test.acme.authorize(url)));
    const responses = await Promise.all(browsers.map((one, n) => one.fetch(answers[n] ?? '')));
    expect(responses.map(location)).toEqual(Array(4).fill('/account'));
    const accounts = await Promise.all(browsers.map((one) => test.session(one)));
    expect(test.identities()).toHaveLength(1);
    expect(new Set(accounts.map((one) => one?.grant.accountId)).size).toBe(1);
  });

  it('stores tokens only where that is configured, sealed for provider and account', async () => {
    await signInAt(test.browser, test.acme, 'acme');
    expect(test.backend.identities.tokens.size).toBe(0);
    test.other.bends = { claims: { email: 'kept@example.test' } };
    await signInAt(test.anotherBrowser(), test.other, 'other');
    const sealed = test.backend.identities.tokens.get('other user-1') ?? '';
    expect(sealed).not.toContain('token');
    const accountId = test.identities().find(({ provider }) => provider === 'other')?.accountId;
    const keys = await test.identity.services.sealingKeys();
    const open = (purpose: string) => unsealText(keys, purpose, sealed);
    expect(JSON.parse((await open(`provider tokens v1 other ${accountId}`)) ?? 'null')).toEqual({
      accessToken: 'an-access-token',
      refreshToken: 'a-refresh-token',
      expiresAt: test.backend.now + 3_600_000,
    });
    expect(await open(`provider tokens v1 other ${test.accountId}`)).toBeUndefined();
    expect(await open(`provider tokens v1 acme ${accountId}`)).toBeUndefined();
  });
});

describe('the state of a sign-in with a provider', () => {
  const callback = async (
    provider: string,
    query: Record<string, string>,
    browser = test.browser,
  ) => {
    const response = await browser.fetch(callbackOf(provider, query), {
      headers: { accept: 'text/html' },
    });
    return { status: response.status, text: await response.text() };
  };
  const refused = { status: 400, text: expect.stringContaining('<code>interaction_over</code>') };

  it('works once (RFC 9700 §4.7)', async () => {
    const answer = test.acme.authorize(await begin(test.browser, 'acme'));
    expect((await test.browser.fetch(callbackOf('acme', answer))).status).toBe(303);
    expect(await callback('acme', answer)).toEqual(refused);
    expect(test.acme.tokenRequests).toHaveLength(1);
  });

  it('works for one of several requests at the same time', async () => {
    const answer = test.acme.authorize(await begin(test.browser, 'acme'));
    const all = await Promise.all(
      Array.from({ length: 4 }, () => test.browser.fetch(callbackOf('acme', answer))),
    );
    expect(all.filter(({ status }) => status === 303)).toHaveLength(1);
  });

  it('works only in the browser in which it began, and is not used up by others', async () => {
    const answer = test.acme.authorize(await begin(test.browser, 'acme'));
    const victim = test.anotherBrowser();
    expect(await callback('acme', answer, victim)).toEqual(refused);
    await victim.open('/sign-in');
    expect(await callback('acme', answer, victim)).toEqual(refused);
    expect((await test.browser.fetch(callbackOf('acme', answer))).status).toBe(303);
  });

  it('works for the provider with which it began (RFC 9700 §4.4)', async () => {
    const answer = test.acme.authorize(await begin(test.browser, 'acme'));
    expect(await callback('other', answer)).toEqual(refused);
    expect(test.other.tokenRequests).toEqual([]);
  });

  it('works for ten minutes', async () => {
    const answer = test.acme.authorize(await begin(test.browser, 'acme'));
    test.backend.now += 600_000;
    expect(await callback('acme', answer)).toEqual(refused);
  });

  it.each([
    ['none', () => ({ code: 'a-code' })],
    ['one made up', () => ({ code: 'a-code', state: 'AAAA' })],
    ['one tampered with', (state: string) => ({ code: 'a-code', state: flip(state) })],
  ])('is not %s', async (_, query) => {
    const { state } = test.acme.authorize(await begin(test.browser, 'acme'));
    expect(await callback('acme', query(state) as Record<string, string>)).toEqual(refused);
  });

  it('may occur only once in an answer (RFC 6749 §3.1)', async () => {
    const answer = test.acme.authorize(await begin(test.browser, 'acme'));
    const response = await test.browser.fetch(`${callbackOf('acme', answer)}&state=x`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'SOCIAL_STATE_INVALID' });
  });

  const flip = (text: string) => text.slice(0, -1) + (text.endsWith('A') ? 'B' : 'A');
});
