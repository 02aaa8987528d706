import { beforeEach, describe, expect, it, vi } from 'vitest';

import { newFamilyId, newSessionId, type SessionId } from '../../../../../shared/ids.ts';
import { ADA } from '../../../../support/identity-fixture.ts';
import { BOB, PageFixture } from '../../../../support/page-fixture.ts';

const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
const DAY = 86_400_000;

let test: PageFixture;
beforeEach(async () => {
  test = await PageFixture.start();
  await test.signIn();
});

const act = async (action: string, fields: Record<string, string> = {}) =>
  test.post(`/account/${action}`, { ...(await test.csrf()), ...fields });
const actPage = async (action: string, fields: Record<string, string>) =>
  test.postPage(`/account/${action}`, { ...(await test.csrf()), ...fields });
const where = (response: Response) => [response.status, response.headers.get('location')];

/** A sign-in elsewhere, or the grant of a client. */
async function elsewhere(userAgent: string, clientId?: string): Promise<SessionId> {
  const [opened] = test.backend.user.opened.slice(-1);
  if (opened === undefined) throw new Error('Nobody has signed in');
  const sessionId = newSessionId();
  const oauth = {
    subject: test.accountId,
    browserSessionId: null,
    resources: [],
    claims: null,
    authorizationDetails: [],
    confirmation: null,
    nonce: null,
  };
  await test.backend.user.openSession({
    ...opened,
    grant: {
      ...opened.grant,
      sessionId,
      ...(clientId !== undefined && { clientId: await idOf(clientId), oauth, scopes: ['openid'] }),
    },
    familyId: newFamilyId(),
    origin: { ipAddress: '198.51.100.7', country: 'NZ', userAgent },
  });
  return sessionId;
}

async function idOf(clientId: string) {
  const client = await test.backend.clients.find(clientId);
  if (client === undefined) throw new Error(`Cannot find the client ${clientId}`);
  return client.clientId;
}

const isLive = async (id: SessionId) =>
  (await test.backend.user.readSession(id))?.status === 'live';

async function allowClientOne() {
  const { id } = await test.interaction({ scopes: ['openid', 'email'] });
  const page = await test.browser.open(`/consent?interaction=${id}`);
  await test.post('/consent', { ...page.form('Allow').fields, answer: 'allow' });
}

describe('the account page', () => {
  it('is shown to somebody who is signed in', async () => {
    expect((await test.anotherBrowser().open('/account')).url.pathname).toBe('/sign-in');
    const page = await test.browser.open('/account');
    expect(page.title).toBe('Your account');
    expect(page.text).toContain('Signed in as Ada@Example.test.');
    expect(page.html.match(/<h1/g)).toHaveLength(1);
  });

  it('marks the activity of the session', async () => {
    await test.browser.open('/account');
    await Promise.all(test.identity.deferred);
    expect(test.backend.user.touched).toContain((await test.session())?.grant.sessionId);
  });

  it('is shown where the activity cannot be marked', async () => {
    test.backend.user.touchSession = async () => Promise.reject(new Error('Cannot reach'));
    expect((await test.browser.open('/account')).status).toBe(200);
    await Promise.all(test.identity.deferred);
    expect(test.backend.logged.at(-1)).toMatchObject({ event: 'session.touch_failed' });
  });

  it.each(['toString', '__proto__', 'nothing', '<b>'])(
    'shows no message for done=%s',
    async (done) => {
      const page = await test.browser.open(`/account?done=${encodeURIComponent(done)}`);
      expect([page.status, page.html.includes('role="status"')]).toEqual([200, false]);
    },
  );
});

describe('the profile on the account page', () => {
  it('is changed, and is shown as changed', async () => {
    const changed = await act('profile', { display_name: 'Countess', username: 'ada_l' });
    expect(where(changed)).toEqual([303, '/account?done=profile']);
    const page = await test.browser.open('/account?done=profile');
    expect(page.html).toContain('role="status"');
    expect(page.html).toMatch(/name="display_name"[^>]*value="Countess"/);
    expect(page.html).toMatch(/name="username"[^>]*value="ada_l"/);
    await act('profile', { display_name: '', username: 'ada_l' });
    expect((await test.backend.accounts.find(test.accountId))?.displayName).toBeNull();
  });

  it.each([
    [{ username: 'a b', display_name: 'x' }, 400, 'username', 'Use 3 to 32 letters'],
    [{ username: 'bob', display_name: 'x' }, 409, 'username', 'Somebody else has this username.'],
    [{ username: 'r00t', display_name: 'x' }, 400, 'username', 'This username is reserved.'],
    [{ username: '', display_name: '\u2800' }, 400, 'display_name', 'Use one line of'],
    [{ username: '', display_name: 'x'.repeat(65) }, 400, 'display_name', 'Use one line of'],
  ])('says at the field what is wrong with %o', async (entered, status, field, message) => {
    await test.identity.register({ email: 'carol@example.test', username: 'bob' });
    const page = await actPage('profile', entered);
    expect(page.status).toBe(status);
    expect(page.html).toContain(`<p class="field-error" id="${field}-error">${message}`);
    expect(page.html).toContain(`value="${entered.display_name}"`);
  });

  it('keeps the details of a person, and clears those that are left empty', async () => {
    const details = {
      first_name: 'Ada',
      last_name: 'Lovelace',
      company: 'Analytical Engines',
      avatar_url: 'https://pictures.example.test/ada.png',
    };
    expect(where(await act('profile', details))).toEqual([303, '/account?done=profile']);
    const page = await test.browser.open('/account');
    for (const [name, value] of Object.entries(details)) {
      expect(page.html).toMatch(new RegExp(`name="${name}"[^>]*value="${value}"`));
    }
    await act('profile', { ...details, company: '' });
    expect(await test.backend.accounts.find(test.accountId)).toMatchObject({
      firstName: 'Ada',
      company: null,
    });
  });

  it.each([
    ['first_name', '\u200B', 'Use one line of 1 to 64'],
    ['last_name', 'x'.repeat(65), 'Use one line of 1 to 64'],
    ['company', 'x'.repeat(129), 'Use one line of 1 to 128'],
    [
      'avatar_url',
      'http://pictures.example.test/a.png',
      'Use an address that begins with https://',
    ],
  ])('says at %s what is wrong with it', async (name, value, message) => {
    const page = await actPage('profile', { [name]: value });
    expect(page.status).toBe(400);
    expect(page.html).toContain(`<p class="field-error" id="${name}-error">${message}`);
    expect(page.html).toContain(`value="${value}"`);
  });

  it('cannot lose its username', async () => {
    await act('profile', { username: 'ada_l' });
    expect((await actPage('profile', { username: '' })).status).toBe(400);
  });
});

describe('the password on the account page', () => {
  const NEXT = 'a phrase that is new';

  it('is changed by somebody who knows the current one, which ends all other sessions', async () => {
    const other = await elsewhere(CHROME);
    const here = (await test.session())?.grant.sessionId;
    const fields = { current_password: ADA.password, new_password: NEXT };
    expect(where(await act('password', fields))).toEqual([303, '/account?done=password']);
    expect(await isLive(other)).toBe(false);
    expect((await test.session())?.grant.sessionId).toBe(here);
    expect((await test.identity.login()).status).toBe(401);
    expect((await test.identity.login({ password: NEXT })).status).toBe(200);
    expect(test.backend.logged).toContainEqual(
      expect.objectContaining({ event: 'account.password_changed', level: 'security' }),
    );
  });

  it.each([
    [{ current_password: 'no', new_password: NEXT }, 401, 'current_password', 'This is not your'],
    [{ new_password: NEXT }, 400, 'current_password', 'Fill this in.'],
    [{ current_password: 'x' }, 400, 'new_password', 'Fill this in.'],
    [
      { current_password: ADA.password, new_password: 'short' },
      400,
      'new_password',
      'Use at least',
    ],
    [
      { current_password: ADA.password, new_password: 'my-ada@example.test' },
      400,
      'new_password',
      'Do not use your email',
    ],
    [
      { current_password: ADA.password, new_password: '            ' },
      400,
      'new_password',
      'Use something besides spaces.',
    ],
    [
      { current_password: ADA.password, new_password: 'oooooooooooo' },
      400,
      'new_password',
      'This is one character, repeated.',
    ],
  ])('is not changed by %o', async (fields, status, field, message) => {
    const page = await actPage('password', fields);
    expect(page.status).toBe(status);
    expect(page.html).toContain(`<p class="field-error" id="${field}-error">${message}`);
    expect(page.html).not.toContain(NEXT);
    expect((await test.identity.login()).status).toBe(200);
  });

  it('ends the other sessions when the form is sent again after a failure', async () => {
    const other = await elsewhere(CHROME);
    const { user } = test.backend;
    vi.spyOn(user, 'accountChanged').mockRejectedValueOnce(new Error('moved to another machine'));
    const fields = { current_password: ADA.password, new_password: NEXT };
    expect((await act('password', fields)).status).toBe(503);
    expect(await isLive(other)).toBe(true);
    expect(where(await act('password', fields))).toEqual([303, '/account?done=password']);
    expect(await isLive(other)).toBe(false);
    expect(await test.session()).toBeDefined();
  });

  it('opens no session for a sign-in that checked the old one just before', async () => {
    const { user } = test.backend;
    // The sign-in has read the account and checked the password when the owner replaces it.
    vi.spyOn(user, 'openSession').mockImplementationOnce(async (request) => {
      const fields = { current_password: ADA.password, new_password: NEXT };
      expect((await act('password', fields)).status).toBe(303);
      return user.openSession(request);
    });
    const { status, json } = await test.identity.login();
    expect([status, json.code]).toEqual([401, 'AUTH_CREDENTIALS_INVALID']);
    expect(await user.listSessions()).toHaveLength(1);
  });

  it('is replaced once by two people who know it', async () => {
    const fields = { current_password: ADA.password, new_password: NEXT };
    const accounts = test.identity.services.accounts();
    vi.spyOn(accounts, 'changePassword').mockImplementationOnce(async (read, hash, at) => {
      await accounts.changePassword(read, 'of somebody else', at);
      return accounts.changePassword(read, hash, at);
    });
    expect((await act('password', fields)).status).toBe(401);
    expect((await test.identity.login({ password: NEXT })).status).toBe(401);
  });

  it('is guarded against guesses as sign-in is', async () => {
    const fields = { current_password: 'wrong', new_password: NEXT };
    for (let n = 0; n < 5; n += 1) await act('password', fields);
    const page = await actPage('password', { ...fields, current_password: ADA.password });
    expect(page.status).toBe(429);
    expect(page.text).toContain('Too many failed attempts.');
    expect(page.headers.get('retry-after')).toMatch(/^\d+$/);
  });
});

describe('sessions on the account page', () => {
  it('are listed with device, place and last activity', async () => {
    test.backend.now += DAY;
    await test.signIn();
    test.backend.now += 2 * 3_600_000;
    await elsewhere(CHROME);
    const page = await test.browser.open('/account');
    expect(page.text).toContain('Chrome on Windows');
    expect(page.text).toContain('New Zealand · 198.51.100.7 · last active now');
    expect(page.text).toContain('This browser');
    expect(page.html).toContain('aria-label="Sign out Chrome on Windows"');
  });

  it('are ended one by one', async () => {
    const other = await elsewhere(CHROME);
    expect(where(await act('sessions/end', { session_id: other }))).toEqual([
      303,
      '/account?done=session',
    ]);
    expect(await isLive(other)).toBe(false);
    expect(where(await act('sessions/end', { session_id: other }))[0]).toBe(303);
    expect((await act('sessions/end', { session_id: 'x' })).status).toBe(400);
  });

  it('are ended at once, but for the one of this browser', async () => {
    const others = [await elsewhere(CHROME), await elsewhere('Game/1.0')];
    expect(where(await act('sessions/end-others'))).toEqual([303, '/account?done=sessions']);
    expect(await Promise.all(others.map(isLive))).toEqual([false, false]);
    expect((await test.browser.open('/account')).text).toContain('You are signed in nowhere else.');
  });

  it('of this browser end by signing out', async () => {
    const here = (await test.session())?.grant.sessionId;
    expect(where(await act('sign-out'))).toEqual([303, '/signed-out']);
    expect(test.backend.user.ended).toContainEqual([here, 'logout']);
    expect(await test.browser.cookie('session')).toBeUndefined();
    expect((await test.browser.open('/account')).url.pathname).toBe('/sign-in');
    expect((await test.browser.open('/signed-out')).title).toBe('You are signed out');
  });

  it('that have ended cannot change the account', async () => {
    await test.signIn(BOB);
    test.backend.user.views = [];
    expect(where(await act('sign-out'))[1]).toBe('/signed-out');
    expect(where(await act('sessions/end-others'))[1]).toBe('/sign-in');
    expect(where(await act('profile', { display_name: 'x' }))[1]).toBe('/sign-in');
  });
});

describe('applications on the account page', () => {
  it('are listed with their permissions, and lose them when they are withdrawn', async () => {
    await allowClientOne();
    const grant = await elsewhere('App/2', 'client-1');
    const page = await test.browser.open('/account');
    expect(page.text).toContain('Client one Allowed now');
    expect(page.text).toContain('See your email address');
    expect(page.text).toContain('Client one, with your permission');
    expect(page.html).toContain('aria-label="Remove access of Client one"');
    const withdrawn = await act('applications/withdraw', { client_id: 'client-1' });
    expect(where(withdrawn)).toEqual([303, '/account?done=application']);
    expect(await isLive(grant)).toBe(false);
    expect(test.backend.consents.stored.size).toBe(0);
    const after = await test.browser.open('/account');
    expect(after.text).toContain('No application has access to your account.');
  });

  it('that are deleted, or cannot be found out, are shown by their id', async () => {
    await allowClientOne();
    test.backend.clients.clients.clear();
    expect((await test.browser.open('/account')).text).toContain('client-1 Allowed now');
    test.backend.clients.find = async () => Promise.reject(new Error('Cannot reach'));
    expect((await test.browser.open('/account')).text).toContain('client-1 Allowed now');
  });
});
