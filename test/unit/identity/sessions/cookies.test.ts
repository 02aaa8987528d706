import { CookieJar } from 'tough-cookie';
import { describe, expect, it } from 'vitest';

import { cookieForm } from '../../../../workers/identity/sessions/cookies.ts';
import { ADA } from '../../../support/identity-fixture.ts';
import { PageFixture } from '../../../support/page-fixture.ts';

const LOCAL = 'http://127.0.0.1:8787';

async function signInAt(issuer: string) {
  const test = new PageFixture({ ISSUER: issuer });
  await test.register();
  // As Safari and the cookie jar of Python: what is secure is sent over TLS, to whatever address.
  test.browser.jar = new CookieJar(undefined, { allowSecureOnLocal: false });
  const response = await test.post('/sign-in', await test.signInFields(undefined, ADA));
  return { test, cookies: response.headers.getSetCookie() };
}

describe('the cookies of the pages', () => {
  it.each([LOCAL, 'http://localhost:8787', 'http://[::1]:8787'])(
    'are such that every browser returns them to %s',
    async (issuer) => {
      const { test, cookies } = await signInAt(issuer);
      expect(cookies).toHaveLength(1);
      expect(cookies[0]).toMatch(
        /^sallyport-session=[\w-]+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=2592000$/,
      );
      expect((await test.browser.open('/account')).title).toContain('account');
    },
  );

  it.each(['https://id.example.test', 'https://127.0.0.1:8787', 'https://localhost'])(
    'are secure and for this host alone at %s',
    (issuer) => {
      expect(cookieForm(issuer)).toEqual({
        prefix: '__Host-',
        attributes: 'Path=/; Secure; HttpOnly; SameSite=Lax',
      });
    },
  );

  it.each(['http://id.example.test', 'http://localhost.example.test', 'http://127.0.0.1.nip.io'])(
    'are refused at %s',
    (issuer) => {
      expect(() => cookieForm(issuer)).toThrow('Cannot set cookies');
    },
  );

  it('of the version before are still read on this machine', async () => {
    const { test } = await signInAt(LOCAL);
    const value = await test.browser.cookie('session');
    const headers = { cookie: `__Host-sallyport-session=${value}` };
    const request = new Request(`${LOCAL}/account`, { headers });
    expect((await test.identity.fetch(request)).status).toBe(200);
  });

  it('without the prefix are nothing on https: another host of the domain could set them', async () => {
    const test = await PageFixture.start();
    await test.signIn();
    const value = await test.browser.cookie('session');
    const ask = async (cookie: string) =>
      (await test.identity.fetch(new Request(`${test.issuer}/account`, { headers: { cookie } })))
        .status;
    expect(await ask(`__Host-sallyport-session=${value}`)).toBe(200);
    expect(await ask(`sallyport-session=${value}`)).toBe(303);
  });
});
