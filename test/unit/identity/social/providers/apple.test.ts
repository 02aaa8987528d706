import { decodeJwt, jwtVerify } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';

import { FakeOidcProvider } from '../../../../support/fake-oidc-provider.ts';
import { APPLE_PUBLIC_KEY, begin, SocialFixture } from '../../../../support/social-fixture.ts';

const APPLE = 'https://appleid.apple.com';

let test: SocialFixture;
let apple: FakeOidcProvider;
beforeEach(async () => {
  test = await SocialFixture.start();
  apple = new FakeOidcProvider(test.backend.web, APPLE, () => test.backend.now);
  apple.bends = { claims: { email: 'tim@privaterelay.appleid.com', email_verified: 'true' } };
});

/** What Apple's page makes the browser send: from its own site, so without our cookies. */
const post = (fields: Readonly<Record<string, string>>) =>
  test.anotherBrowser().fetch('/api/v1/auth/oauth/apple/callback', {
    method: 'POST',
    body: new URLSearchParams(fields),
    headers: { origin: APPLE, 'sec-fetch-site': 'cross-site', accept: 'text/html' },
  });

const USER = JSON.stringify({
  name: { firstName: 'Tim', lastName: 'Appleseed' },
  email: 'forged@example.test',
});

describe('Sign in with Apple', () => {
  it('asks for the answer as a form', async () => {
    const url = new URL(await begin(test.browser, 'apple'));
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      response_mode: 'form_post',
      scope: 'openid email name',
    });
  });

  it('redirects the browser to a page where it sends our cookies, without a code in the URL', async () => {
    const answer = apple.authorize(await begin(test.browser, 'apple'));
    const sentOn = await post({ ...answer, user: USER });
    const location = sentOn.headers.get('location') ?? '';
    expect(sentOn.status).toBe(303);
    expect(location).toMatch(/^\/api\/v1\/auth\/oauth\/apple\/callback\?continuation=[\w-]+$/);
    expect(sentOn.headers.getSetCookie()).toEqual([]);
    expect(apple.tokenRequests).toEqual([]);

    const done = await test.browser.fetch(location);
    expect(done.headers.get('location')).toBe('/account');
    expect(test.identities()).toMatchObject([
      { provider: 'apple', email: 'tim@privaterelay.appleid.com', displayName: 'Tim Appleseed' },
    ]);
    const accountId = test.identities()[0]?.accountId ?? test.accountId;
    expect(await test.backend.accounts.find(accountId)).toMatchObject({
      firstName: 'Tim',
      lastName: 'Appleseed',
    });
    expect((await test.browser.fetch(location)).status).toBe(400);
  });

  it('sends Apple a client secret that is a JWT for this request', async () => {
    const answer = apple.authorize(await begin(test.browser, 'apple'));
    await test.browser.fetch((await post(answer)).headers.get('location') ?? '');
    const secret = apple.tokenRequests[0]?.form.get('client_secret') ?? '';
    const { payload, protectedHeader } = await jwtVerify(secret, APPLE_PUBLIC_KEY, {
      issuer: 'ABCDE12345',
      subject: 'our-client',
      audience: APPLE,
      currentDate: new Date(test.backend.now),
    });
    expect(protectedHeader).toEqual({ alg: 'ES256', kid: 'FGHIJ67890' });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300);
    expect(decodeJwt(secret).iat).toBe(Math.floor(test.backend.now / 1_000));
  });

  it('cannot be finished by another browser, or after two minutes', async () => {
    const answer = apple.authorize(await begin(test.browser, 'apple'));
    const location = (await post(answer)).headers.get('location') ?? '';
    const thief = test.anotherBrowser();
    await thief.open('/sign-in');
    expect((await thief.fetch(location)).status).toBe(400);
    test.backend.now += 120_000;
    expect((await test.browser.fetch(location)).status).toBe(400);
    expect(apple.tokenRequests).toEqual([]);
  });

  it('may be cancelled', async () => {
    const { state } = apple.authorize(await begin(test.browser, 'apple'));
    const sentOn = await post({ state, error: 'user_cancelled_authorize' });
    const done = await test.browser.fetch(sentOn.headers.get('location') ?? '');
    expect(done.headers.get('location')).toContain('notice=denied');
  });

  it('refuses a form without a state of ours, and stores nothing of it', async () => {
    const response = await post({ code: 'x', state: 'y' });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain('<code>interaction_over</code>');
    expect(test.backend.values.size).toBe(0);
  });

  it('is the only provider that may answer with a form', async () => {
    const answer = test.acme.authorize(await begin(test.browser, 'acme'));
    const response = await test.browser.fetch('/api/v1/auth/oauth/acme/callback', {
      method: 'POST',
      body: new URLSearchParams(answer),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'SOCIAL_STATE_INVALID' });
  });

  it.each(['', '{', '[]', '{"name":1}', '{"name":{"firstName":"a\\nb"}}', '{"name":{}}'])(
    'takes no name from %j',
    async (user) => {
      const answer = apple.authorize(await begin(test.browser, 'apple'));
      const sentOn = await post({ ...answer, user });
      await test.browser.fetch(sentOn.headers.get('location') ?? '');
      expect(test.identities()).toMatchObject([{ displayName: null }]);
    },
  );
});
