import { beforeEach, describe, expect, it } from 'vitest';

import { BOB, PageFixture } from '../../../../support/page-fixture.ts';

let test: PageFixture;
beforeEach(async () => {
  test = await PageFixture.start();
});

const EVE = { email: 'Eve@Example.test', password: 'quite another phrase', display_name: ' Eve ' };
const form = async (more: object = {}) => ({ ...(await test.csrf()), ...EVE, ...more });

describe('the page to create an account', () => {
  it('has the fields and the button that people and tools look for', async () => {
    const page = await test.browser.open('/create-account');
    expect(page.title).toBe('Create account');
    expect(page.form('Create account').action).toBe(`${test.issuer}/create-account`);
    expect(page.html).toMatch(/name="password" type="password"[^>]*autocomplete="new-password"/);
    expect(page.html).toMatch(/id="password"[^>]*aria-describedby="password-hint"/);
    expect(page.html).toContain('<a href="/sign-in">Sign in</a>');
  });

  it('creates one, with the same rules as the API, and signs its owner in', async () => {
    const answer = await test.post('/create-account', await form());
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/account']);
    const { account, passwordHash } = (await test.backend.accounts.findCredentials(
      'eve@example.test',
    )) as { account: { id: string }; passwordHash: string };
    expect(account).toMatchObject({ displayName: 'Eve', username: null, roles: ['user'] });
    expect(passwordHash).toBe(`$fake$${EVE.password}`);
    expect((await test.session())?.grant.accountId).toBe(account.id);
    expect(test.backend.logged).toContainEqual(
      expect.objectContaining({ event: 'account.created', accountId: account.id }),
    );
  });

  it('continues the interaction that it is for', async () => {
    const { id } = await test.interaction({ prompts: ['create'], loginHint: 'eve@example.test' });
    const page = await test.browser.open(`/create-account?interaction=${id}`);
    expect(page.text).toContain('to continue to Client one');
    expect(page.html).toContain('value="eve@example.test"');
    const answer = await test.post('/create-account', await form({ interaction: id }));
    expect(answer.headers.get('location')).toBe(`/oauth2/authorize/resume?interaction=${id}`);
    expect(test.saved(id).signedIn).toMatchObject({ at: test.backend.now });
  });

  it.each([
    [{ email: '' }, 400, 'email', 'Fill this in.'],
    [{ email: 'eve' }, 400, 'email', 'Enter an email address, such as ada@example.com.'],
    [{ email: 'ADA@example.test' }, 409, 'email', 'There is an account with this email already.'],
    [{ password: '' }, 400, 'password', 'Fill this in.'],
    [{ password: 'short' }, 400, 'password', 'Use at least 8 characters.'],
    [{ password: 'x'.repeat(129) }, 400, 'password', 'Use at most 128 characters.'],
    [{ password: 'password123' }, 400, 'password', 'Too many people use this password.'],
    [{ password: 'eve@example.test!' }, 400, 'password', 'Do not use your email, username'],
    [{ password: ' '.repeat(12) }, 400, 'password', 'Use something besides spaces.'],
    [{ password: '1'.repeat(12) }, 400, 'password', 'This is one character, repeated.'],
    [{ password: 'evemoneypenny7', display_name: 'Eve Moneypenny' }, 400, 'password', 'Do not use'],
    [{ display_name: '\u200b\u3164' }, 400, 'display_name', 'Use one line of 1 to 64 visible'],
    [{ display_name: 'a\u202eb' }, 400, 'display_name', 'Use one line of 1 to 64 visible'],
    [{ display_name: 'x'.repeat(65) }, 400, 'display_name', 'Use one line of 1 to 64 visible'],
  ])('shows at the field what is wrong with %o', async (entered, status, field, message) => {
    const fields = await form(entered);
    const before = test.backend.accounts.stored.size;
    const page = await test.postPage('/create-account', fields);
    expect(page.status).toBe(status);
    expect(page.html).toContain(`<p class="field-error" id="${field}-error">${message}`);
    expect(page.html).toMatch(new RegExp(`id="${field}"[^>]*aria-describedby="${field}-error`));
    expect(page.html).not.toContain(EVE.password);
    expect(test.backend.accounts.stored.size).toBe(before);
    expect(await test.browser.cookie('session')).toBeUndefined();
  });

  it('ends the session that the browser had before', async () => {
    await test.signIn(BOB);
    const before = await test.session();
    await test.post('/create-account', await form());
    expect(test.backend.user.ended).toEqual([[before?.grant.sessionId, 'logout']]);
    expect((await test.session())?.grant.sessionId).not.toBe(before?.grant.sessionId);
  });

  it('shows what was typed as text', async () => {
    const page = await test.postPage(
      '/create-account',
      await form({ email: '"><script>alert(1)</script>', display_name: '<b>' }),
    );
    expect(page.html).toContain('value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"');
    expect(page.html).not.toContain('<script');
  });
});
