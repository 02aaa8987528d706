import { beforeEach, describe, expect, it } from 'vitest';
import { RateLimit } from '../../../../../shared/rate-limits/rate-limit.ts';
import { asPage, BackchannelFixture } from '../../../../support/backchannel-fixture.ts';
import { ADA } from '../../../../support/identity-fixture.ts';
import { BOB } from '../../../../support/page-fixture.ts';

let test: BackchannelFixture;
beforeEach(async () => {
  test = await BackchannelFixture.start();
  test.device();
});

const begin = async () => {
  const { json } = await test.authorizeDevice();
  return { deviceCode: json.device_code as string, userCode: json.user_code as string };
};
const enter = async (userCode: string, browser = test.page.browser) => {
  const page = await browser.open('/device');
  return asPage(await browser.press(page, 'Continue', { user_code: userCode }));
};
const stateOf = async (deviceCode: string) => (await test.pollDevice(deviceCode)).json.error;

describe('the page where a device’s code is entered (RFC 8628 §3.3)', () => {
  it('comes after sign-in, with the code that the link had', async () => {
    const { userCode } = await begin();
    const { browser } = test.page;
    const signIn = await browser.open(`/device?user_code=${userCode}`);
    expect(signIn.url.pathname).toBe('/sign-in');
    const page = asPage(await browser.press(signIn, 'Sign in', ADA));
    expect([page.url.pathname, page.url.search]).toEqual(['/device', `?user_code=${userCode}`]);
    expect(page.form('Continue').fields['user_code']).toBe(userCode);
  });

  it('comes after account creation, too, once', async () => {
    const { browser } = test.page;
    await browser.open('/device');
    const page = asPage(
      await browser.press(await browser.open('/create-account'), 'Create account', {
        email: 'new@example.test',
        password: 'a very new long phrase',
        display_name: 'New',
      }),
    );
    expect(page.url.pathname).toBe('/device');
    const account = await browser.open('/account');
    await browser.press(account, 'Sign out');
    const again = asPage(await browser.press(await browser.open('/sign-in'), 'Sign in', ADA));
    expect(again.url.pathname).toBe('/account');
  });

  it('shows code and client, and leaves the answer to the user (§5.4)', async () => {
    const { deviceCode, userCode } = await begin();
    await test.page.signIn();
    await test.page.browser.open(`/device?user_code=${userCode}`);
    const confirm = await enter(userCode.toLowerCase().replace('-', ' '));
    expect(confirm.title).toBe('Connect Living room TV?');
    expect(confirm.text).toContain(userCode);
    expect(confirm.text).toContain('Nobody has checked who made this application');
    expect(confirm.text).toContain('If somebody sent you this code');
    expect(await stateOf(deviceCode)).toBe('authorization_pending');
    const done = asPage(await test.page.browser.press(confirm, 'Allow'));
    expect(done.title).toBe('Device connected');
    expect(await stateOf(deviceCode)).toBeUndefined();
  });

  it('stores what was agreed to, as the consent page does', async () => {
    const { userCode } = await begin();
    await test.page.signIn();
    await test.answerDevice(userCode, 'Allow');
    const consents = [...test.backend.consents.stored.values()];
    expect(consents).toMatchObject([{ clientId: 'client-1', scopes: ['openid', 'profile'] }]);
  });

  it('asks for a first-party client, too, but stores no consent for it', async () => {
    test.device({ skipConsent: true });
    const { deviceCode, userCode } = await begin();
    await test.page.signIn();
    await test.answerDevice(userCode, 'Allow');
    expect(await stateOf(deviceCode)).toBeUndefined();
    expect(test.backend.consents.stored.size).toBe(0);
  });

  it('stores no consent where the user denies', async () => {
    const { deviceCode, userCode } = await begin();
    await test.page.signIn();
    const done = asPage(await test.answerDevice(userCode, 'Deny'));
    expect(done.title).toBe('Device not connected');
    expect(await stateOf(deviceCode)).toBe('access_denied');
  });

  it('refuses a code that is made up, answered, expired, or of a client that is gone', async () => {
    await test.page.signIn();
    const made = await enter('BBBB-BBBB');
    expect([made.status, made.text]).toEqual([404, expect.stringContaining('no device waiting')]);
    const { userCode } = await begin();
    await test.answerDevice(userCode, 'Allow');
    expect((await enter(userCode)).status).toBe(404);
    const { userCode: late } = await begin();
    test.backend.now += 900_000;
    expect((await enter(late)).status).toBe(404);
    const { userCode: orphan } = await begin();
    test.backend.clients.clients.clear();
    expect((await enter(orphan)).status).toBe(404);
  });
});

describe('an answer on the device page', () => {
  const confirmed = async (userCode: string) => {
    await test.page.signIn();
    return enter(userCode);
  };
  const send = async (fields: Readonly<Record<string, string>>, headers = {}) =>
    test.page.post('/device/confirm', fields, headers);

  it('is refused from another site (CSRF)', async () => {
    const { deviceCode, userCode } = await begin();
    const { fields } = (await confirmed(userCode)).form('Allow');
    const allow = { ...fields, answer: 'allow' };
    expect((await send({ ...allow, csrf_token: 'x' })).status).toBe(403);
    expect((await send(allow, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await send(allow, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    const entered = await test.page.post('/device', { user_code: userCode });
    expect(entered.status).toBe(403);
    expect(await stateOf(deviceCode)).toBe('authorization_pending');
  });

  it.each(['', 'maybe'])('has no effect where it is %j', async (answer) => {
    const { deviceCode, userCode } = await begin();
    const { fields } = (await confirmed(userCode)).form('Allow');
    expect((await send({ ...fields, answer })).status).toBe(400);
    expect(await stateOf(deviceCode)).toBe('authorization_pending');
  });

  it('counts only for what the page showed, and for its viewer', async () => {
    const { deviceCode, userCode } = await begin();
    const { fields } = (await confirmed(userCode)).form('Allow');
    const asksAgain = async (more: Readonly<Record<string, string>>) => {
      const page = await test.page.postPage('/device/confirm', {
        ...fields,
        answer: 'allow',
        ...more,
      });
      expect(page.title).toMatch(/^Connect .*\?$/);
    };
    await asksAgain({ shown: 'x' });
    const { userCode: other } = await begin();
    await asksAgain({ user_code: other });
    // Somebody else signs in in another tab.
    await test.page.signIn(BOB);
    await asksAgain({});
    await test.page.signIn(ADA);
    test.device({ name: 'Another' });
    await asksAgain({});
    expect(await stateOf(deviceCode)).toBe('authorization_pending');
  });

  it('may be sent twice, and cannot be changed', async () => {
    const { deviceCode, userCode } = await begin();
    const { fields } = (await confirmed(userCode)).form('Allow');
    const give = async (answer: string) => (await send({ ...fields, answer })).status;
    expect([await give('deny'), await give('deny'), await give('allow')]).toEqual([303, 303, 400]);
    expect(await stateOf(deviceCode)).toBe('access_denied');
  });

  it('is accepted of one user if several answer at once', async () => {
    const { deviceCode, userCode } = await begin();
    const ada = (await confirmed(userCode)).form('Allow');
    const bobs = test.page.anotherBrowser();
    await bobs.press(await bobs.open('/sign-in'), 'Sign in', BOB);
    const bob = await enter(userCode, bobs);
    const [first, second] = await Promise.all([
      send({ ...ada.fields, answer: 'allow' }),
      bobs.press(bob, 'Deny'),
    ]);
    const isAdas = first.status === 303;
    expect(asPage(second).status).toBe(isAdas ? 400 : 200);
    expect(await stateOf(deviceCode)).toBe(isAdas ? undefined : 'access_denied');
  });

  it('needs a session, and leads back after sign-in', async () => {
    const { userCode } = await begin();
    const { fields } = (await confirmed(userCode)).form('Allow');
    await test.page.browser.press(await test.page.browser.open('/account'), 'Sign out');
    const response = await send({ ...fields, answer: 'allow' });
    expect([response.status, response.headers.get('location')]).toEqual([303, '/sign-in']);
  });

  it('comes after a fresh sign-in where the client wants one (default_max_age)', async () => {
    test.device({ defaultMaxAge: 60 });
    await test.page.signIn();
    test.backend.now += 60_001;
    const { userCode } = await begin();
    const { browser } = test.page;
    const signIn = await enter(userCode);
    expect(signIn.url.pathname).toBe('/sign-in');
    const again = asPage(await browser.press(signIn, 'Sign in', ADA));
    expect(again.url.pathname).toBe('/device');
    // However long that takes.
    test.backend.now += 120_000;
    expect(asPage(await browser.press(again, 'Continue')).title).toContain('Connect');
  });
});

describe('guesses at a user code (RFC 8628 §5.1)', () => {
  it('lock the account’s network out after five, even with correct codes between them', async () => {
    await test.page.signIn();
    const { userCode } = await begin();
    for (let n = 0; n < 5; n += 1) {
      expect((await enter('BBBB-BBBB')).status).toBe(404);
      if (n < 4) expect((await enter(userCode)).status).toBe(200);
    }
    const locked = await enter(userCode);
    expect([locked.status, locked.headers.get('retry-after')]).toEqual([429, '1800']);
    expect(locked.text).toContain('Too many failed attempts');
    test.backend.now += 1_800_000;
    expect((await enter((await begin()).userCode)).status).toBe(200);
  });

  it('count for their address, over all accounts, and right ones do not', async () => {
    const { rateLimits } = test.services;
    const codeFailures = new RateLimit({ name: 'code-failures', limit: 3, detail: 'Too many' });
    Object.assign(test.services, { rateLimits: { ...rateLimits, codeFailures } });
    await test.page.signIn();
    const { userCode } = await begin();
    for (let n = 0; n < 10; n += 1) expect((await enter(userCode)).status).toBe(200);
    for (let n = 0; n < 3; n += 1) expect((await enter('BBBB-BBBB')).status).toBe(404);
    const refused = await enter(userCode);
    expect([refused.status, refused.title]).toEqual([429, 'Too many attempts']);
    expect(refused.headers.get('ratelimit-policy')).toBe('"code-failures";q=3;w=60');
  });

  it('count at the confirmation, too, and for no other account', async () => {
    await test.page.signIn();
    const { userCode } = await begin();
    const { fields } = (await enter(userCode)).form('Allow');
    const guess = { ...fields, user_code: 'BBBB-BBBB', answer: 'allow' };
    const statuses = [];
    for (let n = 0; n < 6; n += 1) {
      statuses.push((await test.page.post('/device/confirm', guess)).status);
    }
    expect(statuses).toEqual([404, 404, 404, 404, 404, 429]);
    await test.page.signIn(BOB);
    expect((await enter(userCode)).status).toBe(200);
  });

  it('do not count where the store did not answer', async () => {
    await test.page.signIn();
    const { userCode } = await begin();
    test.backend.down.add('ttlStore');
    for (let n = 0; n < 6; n += 1) expect((await enter(userCode)).status).toBe(503);
    test.backend.down.delete('ttlStore');
    expect((await enter(userCode)).status).toBe(200);
  });
});

describe('the page that a browser returns to after sign-in', () => {
  it('is never one that a link or a foreign cookie names (RFC 9700 §4.11)', async () => {
    const { browser, issuer } = test.page;
    for (const target of [
      'https://evil.example/',
      '//evil.example',
      '/device?user_code=WDJB-MJHT&x=//evil.example',
      '/account/requests/../../oauth2/authorize',
      '/device\n',
    ]) {
      const value = encodeURIComponent(target);
      await browser.jar.setCookie(
        `__Host-sallyport-return=${value}; Path=/; Secure; HttpOnly`,
        issuer,
      );
      const page = await browser.open(`/sign-in?return=${value}&account=other`);
      const reached = asPage(await browser.press(page, 'Sign in', ADA));
      expect(reached.url.href).toBe(`${issuer}/account`);
    }
  });
});
