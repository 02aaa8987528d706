import { beforeEach, describe, expect, it } from 'vitest';

import { ADA } from '../../../../support/identity-fixture.ts';
import { BOB } from '../../../../support/page-fixture.ts';
import {
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

describe('an e-mail address that an account has already', () => {
  it('links where the provider is authoritative and the account has proved it', async () => {
    test.verifyEmail();
    test.acme.bends = { claims: VERIFIED };
    expect(location(await signInAt(test.browser, test.acme, 'acme'))).toBe('/account');
    expect(test.identities()).toMatchObject([{ accountId: test.accountId }]);
    expect(test.events('identity.linked')).toMatchObject([{ level: 'security', provider: 'acme' }]);
  });

  it.each([
    ['the account has not proved it', () => test.acme, 'acme', VERIFIED, false],
    ['the provider is not authoritative', () => test.other, 'other', VERIFIED, true],
    ['the provider has not verified it', () => test.acme, 'acme', { email: VERIFIED.email }, true],
  ])('links only after a proof where %s', async (_, provider, id, claims, isProved) => {
    if (isProved) test.verifyEmail();
    provider().bends = { claims };
    const interaction = await test.interaction();
    const response = await signInAt(test.browser, provider(), id, { interaction: interaction.id });
    expect(location(response)).toContain('notice=proof');
    expect(test.identities()).toEqual([]);
    expect(await test.session()).toBeUndefined();

    const page = await test.browser.open(location(response) ?? '');
    expect(page.text).toContain('There is an account with the email ada@example.test');
    expect(page.html).toContain('value="ada@example.test"');
    await test.browser.press(page, 'Sign in', { password: ADA.password });
    expect(test.saved(interaction.id).signedIn?.accountId).toBe(test.accountId);
    expect(test.identities()).toMatchObject([{ provider: id, accountId: test.accountId }]);
    expect(await test.browser.cookie('pending')).toBeUndefined();
  });

  it('links only after a proof where the provider gave it to another of its users', async () => {
    test.verifyEmail();
    test.acme.bends = { claims: { ...VERIFIED, sub: 'the-first' } };
    await signInAt(test.browser, test.acme, 'acme');
    const newcomer = test.anotherBrowser();
    test.acme.bends = { claims: { ...VERIFIED, sub: 'the-second' } };
    const response = await signInAt(newcomer, test.acme, 'acme');
    expect(location(response)).toContain('notice=proof');
    expect(test.identities()).toMatchObject([{ subject: 'the-first' }]);
    const page = await newcomer.open(location(response) ?? '');
    await newcomer.press(page, 'Sign in', { password: ADA.password });
    expect(test.identities().map(({ subject }) => subject)).toEqual(['the-first', 'the-second']);
  });

  it('links nothing to somebody else who signs in meanwhile', async () => {
    test.other.bends = { claims: VERIFIED };
    await signInAt(test.browser, test.other, 'other');
    await test.browser.press(await test.browser.open('/sign-in'), 'Sign in', {
      email: 'bob@example.test',
      password: 'another long phrase',
    });
    expect(test.identities()).toEqual([]);
  });

  it('links nothing in another browser, nor after ten minutes, nor twice', async () => {
    test.other.bends = { claims: VERIFIED };
    await signInAt(test.browser, test.other, 'other');
    const pending = (await test.browser.cookie('pending')) ?? '';
    const thief = test.anotherBrowser();
    await thief.open('/sign-in');
    await thief.jar.setCookie(`__Host-sallyport-pending=${pending}; Path=/; Secure`, test.issuer);
    await thief.press(await thief.open('/sign-in'), 'Sign in', ADA);
    expect(test.identities()).toEqual([]);
    test.backend.now += 600_000;
    await test.browser.press(await test.browser.open('/sign-in'), 'Sign in', ADA);
    expect(test.identities()).toEqual([]);
  });
});

describe('a provider that tells no e-mail address', () => {
  beforeEach(() => {
    test.acme.bends = {};
  });

  it('leads to a page that asks for one, which nobody has verified', async () => {
    const interaction = await test.interaction();
    const response = await signInAt(test.browser, test.acme, 'acme', {
      interaction: interaction.id,
    });
    expect(location(response)).toBe('/create-account/complete');
    const page = await test.browser.open('/create-account/complete');
    expect(page.text).toContain('Acme does not tell us your email address');
    const bad = await test.browser.press(page, 'Create account', { email: 'no address' });
    expect(bad).toMatchObject({ status: 400 });
    await test.browser.press(page, 'Create account', { email: 'New@Example.test' });
    const [identity] = test.identities();
    expect(identity).toMatchObject({ emailVerified: false });
    expect(await test.backend.accounts.find(identity?.accountId ?? test.accountId)).toMatchObject({
      email: 'New@Example.test',
      emailVerified: false,
    });
    expect(test.saved(interaction.id).signedIn?.accountId).toBe(identity?.accountId);
  });

  it('asks for the proof of an e-mail that an account has', async () => {
    test.verifyEmail();
    await signInAt(test.browser, test.acme, 'acme');
    const page = await test.browser.open('/create-account/complete');
    const answer = await test.browser.press(page, 'Create account', { email: ADA.email });
    expect(answer.url.pathname + answer.url.search).toContain('notice=proof');
    expect(test.identities()).toEqual([]);
  });

  it('leads to one account, however often the browser returns from it', async () => {
    await signInAt(test.browser, test.acme, 'acme');
    const page = await test.browser.open('/create-account/complete');
    const { fields } = page.form('Create account');
    const send = async (email: string) =>
      location(await test.post('/create-account/complete', { ...fields, email }));
    const pending = (await test.browser.cookie('pending')) ?? '';
    expect(await send('first@example.test')).toBe('/account');
    await test.browser.jar.setCookie(
      `__Host-sallyport-pending=${pending}; Path=/; Secure`,
      test.issuer,
    );
    expect(await send('second@example.test')).toBe('/sign-in');
    expect(test.identities()).toMatchObject([{ email: 'first@example.test' }]);
  });

  it('leads to no page without a pending identity', async () => {
    const response = await test.browser.fetch('/create-account/complete');
    expect(location(response)).toBe('/sign-in');
  });
});

describe('linking on the account page', () => {
  const link = async (provider = 'other') => {
    const page = await test.browser.open('/account');
    const path = new RegExp(`href="(/account/link/${provider}[^"]+)"`).exec(page.html)?.[1] ?? '';
    return (await test.browser.fetch(path)).headers.get('location') ?? '';
  };

  beforeEach(async () => {
    await test.signIn();
    test.other.bends = { claims: { name: 'Ada elsewhere', email: 'elsewhere@example.test' } };
  });

  it('links and unlinks', async () => {
    const response = await test.browser.fetch(
      callbackOf('other', test.other.authorize(await link())),
    );
    expect(location(response)).toBe('/account?done=linked');
    expect(test.identities()).toMatchObject([{ accountId: test.accountId, provider: 'other' }]);
    const page = await test.browser.open('/account?done=linked');
    expect(page.text).toContain('It is linked');
    expect(page.text).toContain('other: Ada elsewhere');
    const after = await test.browser.press(page, 'Unlink');
    expect(after.url.search).toBe('?done=unlinked');
    expect(test.identities()).toEqual([]);
    expect(test.events('identity.unlinked')).toHaveLength(1);
  });

  it('does not begin without the token of the page, or with another’s', async () => {
    const bare = await test.browser.fetch('/account/link/other');
    expect(bare.status).toBe(403);
    const page = await test.browser.open('/account');
    const token = /\/account\/link\/acme\?token=([\w-]+)/.exec(page.html)?.[1] ?? '';
    expect((await test.browser.fetch(`/account/link/other?token=${token}`)).status).toBe(403);
    expect((await test.browser.fetch(`/account/link/acme?token=${token}`)).status).toBe(303);
    test.backend.now += 1_800_000;
    expect((await test.browser.fetch(`/account/link/acme?token=${token}`)).status).toBe(403);
  });

  it('begins for the account and in the browser to which the page was shown', async () => {
    const page = await test.browser.open('/account');
    const path = /href="(\/account\/link\/other[^"]+)"/.exec(page.html)?.[1] ?? '';
    const elsewhere = test.anotherBrowser();
    await elsewhere.press(await elsewhere.open('/sign-in'), 'Sign in', ADA);
    expect((await elsewhere.open('/account')).title).toBe('Your account');
    expect((await elsewhere.fetch(path)).status).toBe(403);
    await test.signIn(BOB);
    expect((await test.browser.fetch(path)).status).toBe(403);
  });

  it('cannot end in another account than it began in', async () => {
    const answer = test.other.authorize(await link());
    await test.signIn({ email: 'bob@example.test', password: 'another long phrase' });
    expect((await test.browser.fetch(callbackOf('other', answer))).status).toBe(400);
    expect(test.identities()).toEqual([]);
  });

  it('does not move an identity from another account', async () => {
    await signInAt(test.anotherBrowser(), test.other, 'other');
    const response = await test.browser.fetch(
      callbackOf('other', test.other.authorize(await link())),
    );
    expect(location(response)).toBe('/account?problem=elsewhere');
    expect(test.identities()).toHaveLength(1);
    expect(test.identities()[0]?.accountId).not.toBe(test.accountId);
  });

  it('does not unlink the last way to sign in', async () => {
    const browser = test.anotherBrowser();
    await signInAt(browser, test.other, 'other');
    expect((await browser.open('/account')).text).not.toContain('Change password');
    expect((await test.browser.open('/account')).text).toContain('Change password');
    const after = await browser.press(await browser.open('/account'), 'Unlink');
    expect(after.url.search).toBe('?problem=last');
    expect(test.identities()).toHaveLength(1);
  });

  it('says that it was cancelled', async () => {
    const { state } = test.other.authorize(await link());
    const response = await test.browser.fetch(
      callbackOf('other', { state, error: 'access_denied' }),
    );
    expect(location(response)).toBe('/account?problem=denied');
  });
});
