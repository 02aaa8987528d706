import { beforeEach, describe, expect, it } from 'vitest';

import { type AccountId, newSessionId, type SessionId } from '../../../../../shared/ids.ts';
import { AuthorizationServerFixture } from '../../../../support/authorization-server-fixture.ts';
import { ExternalRedirect, Page } from '../../../../support/node/user-agent.ts';
import { PageBrowser } from '../../../../support/page-browser.ts';

const AFTER = 'https://app.example.test/bye';

let oauth: AuthorizationServerFixture;
let browser: PageBrowser;
let ada: AccountId;
let session: SessionId;

beforeEach(async () => {
  oauth = new AuthorizationServerFixture();
  browser = new PageBrowser(oauth);
  await oauth.client('app', { name: 'The App', postLogoutRedirectUris: [AFTER] });
  ada = await oauth.account();
  session = await oauth.signIn(ada);
  await oauth.nameSession(browser, ada, session);
});

/** An ID token of ours that expired an hour ago. */
const idToken = (more: object = {}) => {
  const now = oauth.backend.now / 1_000;
  const claims = { sub: ada, aud: 'app', sid: session, iat: now - 7_200, exp: now - 3_600 };
  return oauth.services.keys.signJwt({
    typ: 'JWT',
    alg: 'RS256',
    claims: { iss: oauth.services.config.issuer, ...claims, ...more },
  });
};

const logout = (query: Record<string, string> = {}) =>
  browser.go(`/oauth2/logout?${new URLSearchParams(query).toString()}`);
const isSignedIn = async () => (await oauth.user(ada).checkSession(session)) === 'live';

function page(reached: Page | ExternalRedirect): Page {
  if (reached instanceof Page) return reached;
  throw new Error(`Expected a page, but was sent to ${reached.url.href}`);
}

describe('logout with an ID token of this session (RP-Initiated Logout §2)', () => {
  it('is done at once, although the token has expired', async () => {
    const reached = page(await logout({ id_token_hint: await idToken() }));
    expect([reached.url.pathname, reached.title]).toEqual(['/signed-out', 'You are signed out']);
    expect(await isSignedIn()).toBe(false);
    expect(await browser.cookie('session')).toBe(undefined);
    expect(oauth.elsewhere(ada).store.session(session)?.ended?.reason).toBe('logout');
  });

  it('leads back to the client, with its state (§3)', async () => {
    const query = { post_logout_redirect_uri: AFTER, state: 'a&b=c #ü' };
    const reached = await logout({ id_token_hint: await idToken(), ...query });
    expect(reached).toBeInstanceOf(ExternalRedirect);
    expect([reached.status, reached.url.origin + reached.url.pathname]).toEqual([303, AFTER]);
    expect([...reached.url.searchParams]).toEqual([['state', 'a&b=c #ü']]);
  });

  it('keeps the query of the registered URI', async () => {
    const uri = `${AFTER}?tenant=a%20b`;
    await oauth.client('app', { postLogoutRedirectUris: [uri] });
    const query = { post_logout_redirect_uri: uri, state: 's' };
    const { url } = await logout({ id_token_hint: await idToken(), ...query });
    expect(url.href).toBe(`${uri}&state=s`);
  });

  it('ends the grants of this session, and not those with offline_access', async () => {
    const online = await oauth.grant(ada, 'app', { browserSessionId: session });
    const offline = await oauth.grant(ada, 'app');
    await logout({ id_token_hint: await idToken() });
    const isActive = async (token: string) =>
      (await (await oauth.post('/oauth2/introspect', { token }, { as: 'app' })).json()).active;
    expect(await isActive(online.accessToken)).toBe(false);
    expect(await isActive(online.refreshToken)).toBe(false);
    expect(await isActive(offline.refreshToken)).toBe(true);
  });

  it('works by a POST from another site, which comes without cookies (§2)', async () => {
    const form = { id_token_hint: await idToken(), post_logout_redirect_uri: AFTER, x: 'y' };
    const response = await oauth.post('/oauth2/logout', form);
    expect(response.status).toBe(303);
    expect(await isSignedIn()).toBe(true);
    const back = new URL(response.headers.get('location') ?? '', browser.origin);
    expect([back.pathname, ...back.searchParams.keys()]).toEqual([
      '/oauth2/logout',
      'logout_request',
    ]);
    expect((await browser.go(back)).url.href).toBe(AFTER);
    expect(await isSignedIn()).toBe(false);
  });

  it('puts no token that was posted into a URL, a page or a store', async () => {
    const hint = await idToken({ sid: newSessionId() });
    const form = { id_token_hint: hint, post_logout_redirect_uri: AFTER, state: 'a&b' };
    const response = await oauth.post('/oauth2/logout', form);
    const location = response.headers.get('location') ?? '';
    expect(location + (await response.text())).not.toContain(hint);
    expect(JSON.stringify([...oauth.ttl])).not.toContain(hint);
    // Another session is named, so the user is asked.
    const question = page(await browser.go(new URL(location, browser.origin)));
    expect(question.html).not.toContain(hint);
    const reached = await browser.press(question, 'Sign out');
    expect(reached.url.href).toBe(`${AFTER}?state=a%26b`);
    expect(await isSignedIn()).toBe(false);
  });

  it('says at once what is wrong with a request that was posted', async () => {
    const form = { client_id: 'app', post_logout_redirect_uri: 'https://elsewhere.example/' };
    const response = await oauth.post('/oauth2/logout', form);
    expect([response.status, response.headers.get('location')]).toEqual([400, null]);
    expect(oauth.ttl.size).toBe(0);
  });

  it.each(['x', 'A'.repeat(43)])('knows no posted request %j', async (name) => {
    expect(page(await logout({ logout_request: name })).status).toBe(400);
    expect(await isSignedIn()).toBe(true);
  });

  it('forgets a posted request whose client is gone', async () => {
    const response = await oauth.post('/oauth2/logout', { client_id: 'app' });
    oauth.clients.delete('app');
    const back = new URL(response.headers.get('location') ?? '', browser.origin);
    expect(page(await browser.go(back)).status).toBe(400);
  });
});

describe('logout that another site may have requested', () => {
  it.each([
    ['there is no hint', async () => ({})],
    ['the hint is of another session', async () => ({ sid: newSessionId() })],
    ['the hint has no session', async () => ({ sid: undefined })],
    ['the hint is another issuer’s', async () => ({ iss: 'https://other.example' })],
  ])('is confirmed by the user where %s (§2)', async (_, claims) => {
    const more = await claims();
    const hint = Object.keys(more).length === 0 ? {} : { id_token_hint: await idToken(more) };
    const question = page(await logout({ ...hint, client_id: 'app' }));
    expect([question.status, question.title]).toEqual([200, 'Sign out?']);
    expect(question.text).toContain('The App asks to sign you out');
    expect(await isSignedIn()).toBe(true);

    const done = page(await browser.press(question, 'Sign out'));
    expect(done.url.pathname).toBe('/signed-out');
    expect(await isSignedIn()).toBe(false);
  });

  it.each(['x', 'a.b.c'])('is confirmed where the hint is %j', async (id_token_hint) => {
    expect(page(await logout({ id_token_hint })).title).toBe('Sign out?');
    expect(await isSignedIn()).toBe(true);
  });

  it('is confirmed where the hint is another JWT of ours (RFC 8725 §3.11)', async () => {
    const { accessToken } = await oauth.grant(ada, 'app', { browserSessionId: session });
    expect(page(await logout({ id_token_hint: accessToken })).title).toBe('Sign out?');
  });

  it('leads back to the client once it is confirmed', async () => {
    const query = { client_id: 'app', post_logout_redirect_uri: AFTER, state: 's' };
    const question = page(await logout(query));
    expect(question.headers.get('content-security-policy')).toMatch(/form-action 'self' https:/);
    const reached = await browser.press(question, 'Sign out');
    expect(reached.url.href).toBe(`${AFTER}?state=s`);
  });

  it('leads there by a page in a browser that opens pages, so that no policy of ours applies', async () => {
    const query = { client_id: 'app', post_logout_redirect_uri: AFTER, state: 's&t' };
    const question = page(await logout(query));
    const { action, fields } = question.form('Sign out');
    const headers = { origin: browser.origin, 'sec-fetch-mode': 'navigate' };
    const body = new URLSearchParams(fields);
    const left = await browser.fetch(action, { method: 'POST', body, headers });
    expect([left.status, left.headers.get('location')]).toEqual([200, null]);
    expect(await left.text()).toContain(
      `<meta http-equiv="refresh" content="0;url=${AFTER}?state=s%26t"`,
    );
  });

  it('is not confirmed by a form of another site', async () => {
    const question = page(await logout());
    const { action, fields } = question.form('Sign out');
    for (const [sent, headers] of [
      [{}, { origin: browser.origin }],
      [{ ...fields, csrf_token: 'x' }, { origin: browser.origin }],
      [fields, { origin: 'https://evil.example' }],
      [fields, { origin: browser.origin, 'sec-fetch-site': 'cross-site' }],
    ] as const) {
      const body = new URLSearchParams(sent);
      const refused = page(await browser.go(action, { method: 'POST', body, headers }));
      expect(refused.status).toBe(403);
      expect(await isSignedIn()).toBe(true);
    }
  });

  it('shows the request without anything that could run', async () => {
    const query = { client_id: 'app', state: '"><script>alert(1)</script>' };
    const question = page(await logout({ ...query, post_logout_redirect_uri: AFTER }));
    expect(question.html).not.toContain('<script');
    expect(question.headers.get('x-frame-options')).toBe('DENY');
    expect(question.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  });
});

describe('a redirect after logout (RP-Initiated Logout §3)', () => {
  it.each([
    `${AFTER}/`,
    `${AFTER}?x=1`,
    `${AFTER}#x`,
    'https://app.example.test/bye/../evil',
    'https://app.example.test@evil.example/bye',
    'HTTPS://app.example.test/bye',
    'https://app.example.test:443/bye',
    'https://app.example.test/BYE',
    'javascript:alert(1)',
    '//app.example.test/bye',
  ])('is refused to %j, which is not registered, and signs nobody out', async (uri) => {
    const query = { id_token_hint: await idToken(), post_logout_redirect_uri: uri };
    const refused = page(await logout(query));
    expect(refused.status).toBe(400);
    expect(refused.html).not.toContain('evil.example');
    expect(await isSignedIn()).toBe(true);
  });

  it('is left out where no client is named', async () => {
    const question = page(await logout({ post_logout_redirect_uri: 'https://evil.example/' }));
    expect(question.title).toBe('Sign out?');
    expect(page(await browser.press(question, 'Sign out')).url.pathname).toBe('/signed-out');
  });

  it.each([
    ['client_id is not the client of the ID token (§2)', { client_id: 'other' }],
    ['client_id is nobody', { client_id: 'nobody' }],
  ])('is refused where %s', async (_, query) => {
    await oauth.client('other', { postLogoutRedirectUris: [AFTER] });
    const hint = query.client_id === 'other' ? { id_token_hint: await idToken() } : {};
    const refused = page(await logout({ ...hint, ...query, post_logout_redirect_uri: AFTER }));
    expect(refused.status).toBe(400);
    expect(await isSignedIn()).toBe(true);
  });

  it('is refused where a parameter comes twice (RFC 6749 §3.1)', async () => {
    const twice = `client_id=app&post_logout_redirect_uri=${AFTER}&post_logout_redirect_uri=${AFTER}`;
    expect(page(await browser.go(`/oauth2/logout?${twice}`)).status).toBe(400);
  });

  it('follows at once where nobody is signed in', async () => {
    const stranger = new PageBrowser(oauth);
    const query = new URLSearchParams({ client_id: 'app', post_logout_redirect_uri: AFTER });
    expect((await stranger.go(`/oauth2/logout?${query.toString()}`)).url.href).toBe(AFTER);
    expect(page(await stranger.go('/oauth2/logout')).url.pathname).toBe('/signed-out');
    expect(await isSignedIn()).toBe(true);
  });
});

describe('a redirect after logout to a client that nobody vetted (RFC 9700 §4.11.2)', () => {
  const query = { client_id: 'app', post_logout_redirect_uri: AFTER, state: 's' };
  const path = `/oauth2/logout?${new URLSearchParams(query).toString()}`;

  beforeEach(async () => {
    const more = {
      source: 'registered',
      name: 'The App',
      postLogoutRedirectUris: [AFTER],
    } as const;
    await oauth.client('app', more);
  });

  it('is a page that names the address, where nobody is signed in', async () => {
    const stranger = new PageBrowser(oauth);
    for (const hint of [{}, { id_token_hint: await idToken() }]) {
      const sent = new URLSearchParams({ ...query, ...hint });
      const reached = page(await stranger.go(`/oauth2/logout?${sent.toString()}`));
      expect([reached.status, reached.title]).toEqual([200, 'You are signed out']);
      expect(reached.html).toContain('<strong class="host">app.example.test</strong>');
      expect(reached.html).toContain(`href="${AFTER}?state=s"`);
      expect(reached.html).not.toContain('http-equiv');
      expect(reached.text).not.toContain('The App');
    }
  });

  it('follows at once in a frame, where no page can be shown', async () => {
    const stranger = new PageBrowser(oauth);
    const headers = { 'sec-fetch-dest': 'iframe' };
    expect((await stranger.go(path, { headers })).url.href).toBe(`${AFTER}?state=s`);
  });

  it('follows at once where the person was signed in to it', async () => {
    const reached = await logout({ ...query, id_token_hint: await idToken() });
    expect(reached.url.href).toBe(`${AFTER}?state=s`);
  });

  it('is named before the person agrees to sign out, and then follows', async () => {
    const question = page(await logout(query));
    expect(question.html).toContain('<strong class="host">app.example.test</strong>');
    const reached = await browser.press(question, 'Sign out');
    expect(reached.url.href).toBe(`${AFTER}?state=s`);
  });
});

describe('front-channel logout (OpenID Connect Front-Channel Logout 1.0)', () => {
  const FRAME = 'https://app.example.test/frontchannel?a=1';
  const srcs = (reached: Page): string[] =>
    [...reached.html.matchAll(/<iframe[^>]* src="([^"]*)"/g)].map(([, src = '']) =>
      src.replaceAll('&amp;', '&'),
    );

  beforeEach(async () => {
    const more = { name: 'The App', postLogoutRedirectUris: [AFTER] };
    await oauth.client('app', { ...more, frontchannelLogoutUri: FRAME });
    await oauth.client('strict', {
      frontchannelLogoutUri: 'https://strict.example.test:8443/out',
      frontchannelLogoutSessionRequired: true,
    });
    await oauth.client('silent');
    for (const client of ['app', 'strict', 'silent']) {
      await oauth.grant(ada, client, { browserSessionId: session });
    }
  });

  it('loads the page of each client that registered one (§2, §3)', async () => {
    const reached = page(await logout({ id_token_hint: await idToken() }));
    expect([reached.status, reached.title]).toEqual([200, 'You are signed out']);
    const iss = encodeURIComponent(oauth.services.config.issuer);
    expect(srcs(reached).toSorted()).toEqual([
      FRAME,
      `https://strict.example.test:8443/out?iss=${iss}&sid=${session}`,
    ]);
    const policy = reached.headers.get('content-security-policy') ?? '';
    const sources = /frame-src ([^;]*)/.exec(policy)?.[1]?.split(' ').toSorted();
    expect(sources).toEqual(['https://app.example.test', 'https://strict.example.test:8443']);
    expect(reached.html).not.toContain('http-equiv');
    expect(await isSignedIn()).toBe(false);
  });

  it('goes on to the client without a script, and by a link', async () => {
    const query = { post_logout_redirect_uri: AFTER, state: 'x"y' };
    const reached = page(await logout({ id_token_hint: await idToken(), ...query }));
    const target = `${AFTER}?state=x%22y`;
    expect(reached.html).toContain(`<meta http-equiv="refresh" content="1;url=${target}"`);
    expect(reached.html).toContain(`href="${target}"`);
    expect(reached.text).toContain('Continue to The App');
  });

  it('is skipped where a client cannot be looked up: the user is signed out all the same', async () => {
    const question = page(await logout());
    const { action, fields } = question.form('Sign out');
    oauth.backend.down.add('database');
    const headers = { origin: browser.origin };
    const body = new URLSearchParams(fields);
    const reached = page(await browser.go(action, { method: 'POST', body, headers }));
    expect(reached.url.pathname).toBe('/signed-out');
    expect(await isSignedIn()).toBe(false);
  });

  it('answers 503 where the session may live on', async () => {
    oauth.backend.down.add('users');
    expect(page(await logout()).status).toBe(503);
  });
});
