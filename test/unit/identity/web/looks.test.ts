import { describe, expect, it } from 'vitest';

import { AuthorizationServerFixture } from '../../../support/authorization-server-fixture.ts';
import { authorizeFixture } from '../../../support/authorize-fixture.ts';
import { BrowserFixture } from '../../../support/browser-fixture.ts';
import { LOOKS } from '../../../support/looks.ts';
import { aClient } from '../../../support/oauth-fixture.ts';
import { PageBrowser } from '../../../support/page-browser.ts';
import { PageFixture } from '../../../support/page-fixture.ts';
import { begin, callbackOf, SocialFixture } from '../../../support/social-fixture.ts';

const locationOf = (response: Response) => response.headers.get('location') ?? '';

/** A navigation that is shown in a window, as browsers send it. */
const NAVIGATION = { headers: { 'sec-fetch-dest': 'document' } };

/** What each look is answered. */
function expectNothing(response: Response, { method }: RequestInit): void {
  expect([response.status, locationOf(response)]).toEqual([method === 'HEAD' ? 204 : 403, '']);
  expect(response.headers.getSetCookie()).toEqual([]);
}

describe.each(LOOKS)('%s', (_, look) => {
  it('does not resume an interaction', async () => {
    const its = authorizeFixture(aClient({ skipConsent: true }));
    const browser = new BrowserFixture(its);
    const begun = await browser.authorize({ prompt: 'create' });
    const id = new URL(locationOf(begun), 'https://id.example.test').searchParams.get(
      'interaction',
    );
    const path = `/oauth2/authorize/resume?interaction=${id}`;
    expectNothing(await browser.fetch(path, look), look);
    expect(locationOf(await browser.fetch(path, NAVIGATION))).toContain('/create-account?');
  });

  it('signs nobody out', async () => {
    const oauth = new AuthorizationServerFixture();
    const browser = new PageBrowser(oauth);
    await oauth.client('app');
    const ada = await oauth.account();
    const session = await oauth.signIn(ada);
    await oauth.nameSession(browser, ada, session);
    const { issuer } = oauth.services.config;
    const hint = await oauth.services.keys.signJwt({
      typ: 'JWT',
      alg: 'RS256',
      claims: { iss: issuer, sub: ada, aud: 'app', sid: session, iat: 1, exp: 2 },
    });
    const path = `/oauth2/logout?id_token_hint=${hint}`;
    expectNothing(await browser.fetch(path, look), look);
    expect(await oauth.user(ada).checkSession(session)).toBe('live');
    await browser.fetch(path, NAVIGATION);
    expect(await oauth.user(ada).checkSession(session)).not.toBe('live');
  });

  it('does not use up what a provider has sent back', async () => {
    const test = await SocialFixture.start();
    const url = await begin(test.browser, 'acme');
    const callback = callbackOf('acme', test.acme.authorize(url));
    expectNothing(await test.browser.fetch(callback, look), look);
    expect(test.identities()).toEqual([]);
    expect(locationOf(await test.browser.fetch(callback, NAVIGATION))).toBe('/account');
  });

  it('does not mark a session as used', async () => {
    const test = await PageFixture.start();
    await test.signIn();
    const { touched } = test.backend.user;
    touched.length = 0;
    await test.browser.fetch('/account', look);
    expect(touched).toEqual([]);
    await test.browser.fetch('/account', NAVIGATION);
    expect(touched).toHaveLength(1);
  });
});
