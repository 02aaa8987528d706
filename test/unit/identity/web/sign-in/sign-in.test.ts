import { beforeEach, describe, expect, it } from 'vitest';

import { BOB, PageFixture } from '../../../../support/page-fixture.ts';

let test: PageFixture;
beforeEach(async () => {
  test = await PageFixture.start();
});

describe('the sign-in page', () => {
  it('has the fields and buttons that people and tools look for', async () => {
    const page = await test.browser.open('/sign-in');
    expect([page.status, page.title]).toEqual([200, 'Sign in']);
    expect(page.html).toMatch(/<label for="email">Email<\/label>/);
    expect(page.html).toMatch(/<label for="password">Password<\/label>/);
    expect(page.html).toMatch(
      /<input id="email" name="email" type="email"[^>]*autocomplete="username"/,
    );
    expect(page.html).toMatch(
      /name="password" type="password"[^>]*autocomplete="current-password"/,
    );
    expect(page.form('Sign in')).toMatchObject({
      method: 'POST',
      action: `${test.issuer}/sign-in`,
    });
    expect(page.html).toMatch(/<a href="\/create-account">Create account<\/a>/);
  });

  it('leads to the account page, with a session whose refresh token is not given out', async () => {
    await test.signIn();
    expect((await test.browser.open('/sign-in')).url.pathname).toBe('/account');
    const [opened] = test.backend.user.opened.slice(-1);
    expect(opened).toMatchObject({
      grant: { accountId: test.accountId, clientId: 'sallyport', amr: ['pwd'] },
      origin: { ipAddress: '203.0.113.7' },
    });
    expect(opened?.parentId).toBeUndefined();
    expect(test.backend.signed).toEqual([]);
    expect(JSON.stringify(await test.browser.jar.serialize())).not.toContain(
      opened?.grant.sessionId,
    );
  });

  it('sets cookies for this host alone, which scripts cannot read', async () => {
    const response = await test.post('/sign-in', await test.signInFields());
    const cookies = response.headers.getSetCookie();
    expect(cookies).toHaveLength(1);
    expect(cookies[0]).toMatch(
      /^__Host-sallyport-session=[\w-]+; Path=\/; Secure; HttpOnly; SameSite=Lax; Max-Age=2592000$/,
    );
  });

  it('records the sign-in afterwards', async () => {
    test.backend.now += 5_000;
    await test.post('/sign-in', await test.signInFields());
    await Promise.all(test.identity.deferred);
    expect(await test.backend.accounts.find(test.accountId)).toMatchObject({
      lastLoginAt: test.backend.now,
    });
  });

  it.each([
    [{ email: '', password: 'x' }, 400, 'email', 'Fill this in.'],
    [
      { email: 'ada', password: 'x' },
      400,
      'email',
      'Enter an email address, such as ada@example.com.',
    ],
    [{ email: 'ada@example.test', password: '' }, 400, 'password', 'Fill this in.'],
  ])('shows at the field what is wrong with %o', async (entered, status, field, message) => {
    const page = await test.postPage('/sign-in', { ...(await test.signInFields()), ...entered });
    expect(page.status).toBe(status);
    expect(page.html).toContain(`<p class="field-error" id="${field}-error">${message}</p>`);
    expect(page.html).toMatch(
      new RegExp(`id="${field}"[^>]*aria-invalid="true" aria-describedby="${field}-error"`),
    );
  });

  it('answers a wrong password and an unknown account alike, and shows no password', async () => {
    const fields = await test.signInFields();
    const wrong = await test.postPage('/sign-in', { ...fields, password: 'a secret guess' });
    const nobody = await test.postPage('/sign-in', {
      ...fields,
      email: 'Bob@Example.test',
      password: 'a secret guess',
    });
    expect([wrong.status, nobody.status]).toEqual([401, 401]);
    expect(wrong.html.replaceAll('Ada@Example.test', '')).toBe(
      nobody.html.replaceAll('Bob@Example.test', ''),
    );
    expect(wrong.text).toContain('The email or the password is wrong.');
    expect(wrong.html).toMatch(/id="password"[^>]*aria-invalid="true" aria-describedby="refusal"/);
    expect(wrong.html).not.toContain('a secret guess');
    expect(test.backend.verified).toHaveLength(2);
    expect(await test.browser.cookie('session')).toBeUndefined();
  });

  it('locks the account as the API does, and shows for how long', async () => {
    const fields = { ...(await test.signInFields()), password: 'wrong' };
    for (let n = 0; n < 5; n += 1) await test.postPage('/sign-in', fields);
    const locked = await test.postPage('/sign-in', await test.signInFields());
    expect(locked.status).toBe(429);
    expect(Number(locked.headers.get('retry-after'))).toBeGreaterThan(60);
    expect(locked.text).toMatch(/Too many failed attempts\. Try again in \d+ minutes\./);
    expect((await test.identity.login()).status).toBe(429);
  });

  it.each(['database', 'users', 'guards', 'ttlStore'] as const)(
    'answers 503 where the %s does not answer',
    async (part) => {
      const interaction = await test.interaction();
      const fields = await test.signInFields(interaction.id);
      test.backend.down.add(part);
      const page = await test.postPage('/sign-in', fields);
      expect(page.status).toBe(503);
      expect(page.title).toBe('We cannot do this at the moment');
      expect(page.headers.get('retry-after')).toBe('5');
    },
  );

  it('refuses an account that is disabled', async () => {
    await test.signIn();
    const stored = test.backend.accounts.stored.get(test.accountId);
    if (stored !== undefined) stored.account = { ...stored.account, status: 'disabled' };
    expect((await test.browser.open('/account')).url.pathname).toBe('/sign-in');
    expect((await test.postPage('/sign-in', await test.signInFields())).status).toBe(401);
  });
});

describe('signing in for a client', () => {
  it('names the client, takes its hint, and goes back to the authorization endpoint', async () => {
    const interaction = await test.interaction({ loginHint: 'ada@example.test' });
    const page = await test.browser.open(`/sign-in?interaction=${interaction.id}`);
    expect(page.text).toContain('to continue to Client one');
    expect(page.html).toContain('value="ada@example.test"');
    expect(page.html).toContain(`/create-account?interaction=${interaction.id}`);
    const response = await test.post('/sign-in', await test.signInFields(interaction.id));
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe(
      `/oauth2/authorize/resume?interaction=${interaction.id}`,
    );
    expect(test.saved(interaction.id)).toMatchObject({
      signedIn: { accountId: test.accountId, at: test.backend.now },
    });
  });

  it.each(['<script>', 'a phone number', `${'a'.repeat(300)}@example.test`])(
    'ignores a hint that is no address: %s',
    async (loginHint) => {
      const { id } = await test.interaction({ loginHint });
      const page = await test.browser.open(`/sign-in?interaction=${id}`);
      expect(page.html).toContain('name="email" type="email" value=""');
    },
  );

  it('is refused for an interaction of another browser, and for one that is over', async () => {
    const { id } = await test.interaction();
    const stranger = test.anotherBrowser();
    const page = await stranger.open(`/sign-in?interaction=${id}`);
    expect([page.status, page.title]).toEqual([400, 'This page has expired']);
    expect((await test.browser.open('/sign-in?interaction=AAAAAAAAAAAAAAAAAAAAAA')).status).toBe(
      400,
    );
    expect((await test.browser.open('/sign-in?interaction=%00')).status).toBe(400);
  });

  it('offers to go on with the account that is signed in', async () => {
    await test.signIn();
    const sessions = test.backend.user.opened.length;
    const { id } = await test.interaction({ prompts: ['select_account'] });
    const page = await test.browser.open(`/sign-in?interaction=${id}`);
    expect(page.title).toBe('Choose an account');
    const button = 'Continue as Ada@Example.test';
    const answer = await test.post('/sign-in/continue', page.form(button).fields);
    expect(answer.headers.get('location')).toBe(`/oauth2/authorize/resume?interaction=${id}`);
    expect(test.saved(id)).toMatchObject({ signedIn: { accountId: test.accountId } });
    expect(test.backend.user.opened).toHaveLength(sessions);
    const other = await test.browser.open(`/sign-in?interaction=${id}&account=other`);
    expect(other.title).toBe('Sign in');
    expect(other.html).toContain('name="email" type="email" value=""');
  });

  it('goes on only with the account that the page showed', async () => {
    await test.signIn();
    const { id } = await test.interaction();
    const page = await test.browser.open(`/sign-in?interaction=${id}`);
    const { fields } = page.form('Continue as Ada@Example.test');
    await test.signIn(BOB);
    const answer = await test.post('/sign-in/continue', fields);
    expect(answer.headers.get('location')).toBe(`/sign-in?interaction=${id}`);
    expect(test.saved(id)).toMatchObject({ signedIn: null });
  });

  it.each([
    ['prompt=login', { prompts: ['login'] as const }],
    ['max_age', { maxAge: 60 }],
    ['another subject', { requiredSubject: 'somebody-else' }],
  ])('asks for the password again for %s (Core §3.1.2.1)', async (_name, terms) => {
    await test.signIn();
    const { id } = await test.interaction(terms);
    test.backend.now += 61_000;
    const page = await test.browser.open(`/sign-in?interaction=${id}`);
    expect(page.title).toBe('Sign in');
    expect(page.html).toContain('value="Ada@Example.test"');
    const fields = { interaction: id, account: test.accountId };
    const bypass = await test.post('/sign-in/continue', { ...(await test.csrf()), ...fields });
    expect(bypass.headers.get('location')).toBe(`/sign-in?interaction=${id}`);
    expect(test.saved(id)).toMatchObject({ signedIn: null });
  });

  it('again renews the same session with a new auth_time', async () => {
    await test.signIn();
    const before = await test.session();
    test.backend.now += 61_000;
    const { id } = await test.interaction({ prompts: ['login'] });
    await test.post('/sign-in', await test.signInFields(id));
    const after = await test.session();
    expect(after?.grant.sessionId).toBe(before?.grant.sessionId);
    expect(after?.grant.authTime).toBe(test.backend.now);
  });

  it('with another account ends the session that the browser had before', async () => {
    await test.signIn();
    const before = await test.session();
    await test.signIn(BOB);
    const after = await test.session();
    expect(after?.grant.sessionId).not.toBe(before?.grant.sessionId);
    expect(test.backend.user.ended).toEqual([[before?.grant.sessionId, 'logout']]);
  });

  it('never continues a session that an attacker has planted (session fixation)', async () => {
    const attacker = test.anotherBrowser();
    await attacker.press(await attacker.open('/sign-in'), 'Sign in', BOB);
    const planted = await attacker.cookie('session');
    await test.browser.jar.setCookie(
      `__Host-sallyport-session=${planted}; Path=/; Secure`,
      test.issuer,
    );
    const fixed = await test.session();
    await test.post('/sign-in', await test.signInFields());
    expect(await test.browser.cookie('session')).not.toBe(planted);
    expect((await test.session())?.grant.sessionId).not.toBe(fixed?.grant.sessionId);
    // The attacker's session has ended.
    expect((await attacker.open('/account')).url.pathname).toBe('/sign-in');
  });

  it('is no open redirect', async () => {
    const page = await test.browser.open(
      '/sign-in?next=https://evil.example&return_to=//evil.example&redirect_uri=https://evil.example',
    );
    expect(page.html).not.toContain('evil.example');
    const answer = await test.post('/sign-in', {
      ...(await test.signInFields()),
      next: 'https://evil.example',
      return_to: '//evil.example',
    });
    expect(answer.headers.get('location')).toBe('/account');
  });
});
