import { readFileSync } from 'node:fs';

import { beforeAll, describe, expect, it } from 'vitest';

import { CONFIDENTIAL, createClient, PUBLIC } from '../../support/node/administered.ts';
import { authorizeUrl, type Form, formOf, get, send } from '../../support/node/oauth-requests.ts';
import { issuer, newAgent, newPerson, type Person } from '../../support/node/provider.ts';
import { authorizationRequest, SignedIn } from '../../support/node/signed-in.ts';
import { ExternalRedirect, type Page, type UserAgent } from '../../support/node/user-agent.ts';

/** The form of every page of ours, with fields that would change something. */
const FORMS: readonly (readonly [path: string, fields: Readonly<Record<string, string>>])[] = [
  ['/sign-in', {}],
  ['/sign-in/continue', { interaction: 'A'.repeat(22) }],
  ['/create-account', { email: 'new@example.com', password: 'correct horse battery' }],
  ['/create-account/complete', { email: 'new@example.com' }],
  ['/consent', { interaction: 'A'.repeat(22), answer: 'allow' }],
  ['/device', { user_code: 'BCDF-GHJK' }],
  ['/device/confirm', { user_code: 'BCDF-GHJK', answer: 'allow' }],
  ['/account/profile', { displayName: 'Mallory' }],
  ['/account/password', { current: 'x', password: 'correct horse battery' }],
  ['/account/sessions/end', { session: `ses_${'a'.repeat(26)}` }],
  ['/account/sessions/end-others', {}],
  ['/account/applications/withdraw', { client: 'client' }],
  ['/account/identities/unlink', { provider: 'google', subject: 'x' }],
  ['/account/requests/:id', { answer: 'allow' }],
  ['/account/sign-out', {}],
  ['/oauth2/logout/confirm', {}],
];

let user: SignedIn;

beforeAll(async () => {
  user = await SignedIn.create();
});

const tokenIn = ({ forms }: Page): string =>
  forms.find(({ fields }) => fields['csrf_token'] !== undefined)?.fields['csrf_token'] ?? '';

const tokenOf = async (agent: UserAgent): Promise<string> =>
  tokenIn(await agent.open('/sign-in?account=other'));

type Sent = { readonly form: Form; readonly headers?: Readonly<Record<string, string>> };

const submit = (agent: UserAgent, path: string, { form, headers = {} }: Sent) =>
  agent.fetch(path.replace(':id', 'A'.repeat(22)), {
    method: 'POST',
    body: formOf(form),
    headers: { origin: issuer(), 'sec-fetch-site': 'same-origin', ...headers },
  });

/**
 * @demands RFC 9700 §2.1, §4.7: Our own forms are protected from CSRF: a form is accepted only from
 *   our own page, in the browser that opened it.
 */
describe('forms come from our own pages, in the same browser', () => {
  it('the list of forms in this file is complete', () => {
    const sources = ['web/page-routes.ts', 'web/logout/logout-routes.ts'].map((path) =>
      readFileSync(`workers/identity/${path}`, 'utf8'),
    );
    const routes = [...sources.join('\n').matchAll(/app\.post\('([^']+)'/g)].map(([, path]) =>
      path?.startsWith('/logout') === true ? `/oauth2${path}` : path,
    );
    // Clients' pages may send this one, which only asks: a test below shows it.
    const ours = routes.filter((path) => path !== '/oauth2/logout');
    expect(new Set(ours)).toEqual(new Set(FORMS.map(([path]) => path)));
  });

  it.each(FORMS)(
    '%s is refused without the CSRF token, or with another one',
    async (path, fields) => {
      const right = await tokenOf(user.agent);
      const others = await tokenOf(newAgent());
      for (const csrf_token of [
        undefined,
        '',
        'made-up',
        others,
        `${right}A`,
        right.slice(0, -1),
      ]) {
        const response = await submit(user.agent, path, { form: { ...fields, csrf_token } });
        expect(response.status).toBe(403);
        expect(response.headers.getSetCookie()).toEqual([]);
      }
    },
  );

  it.each(FORMS)(
    '%s is refused from another site, even with the CSRF token',
    async (path, fields) => {
      const form = { ...fields, csrf_token: await tokenOf(user.agent) };
      for (const headers of [
        { origin: 'https://evil.example' },
        { origin: issuer().replace('http:', 'https:') },
        { origin: `${issuer()}0` },
        { origin: 'null', 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site' },
      ]) {
        expect((await submit(user.agent, path, { form, headers })).status).toBe(403);
      }
    },
  );

  it.each(FORMS)(
    '%s is refused in a browser that has not opened a page of ours',
    async (path, fields) => {
      const form = { ...fields, csrf_token: await tokenOf(user.agent) };
      expect((await submit(newAgent(), path, { form })).status).toBe(403);
    },
  );

  it.each(FORMS)(
    '%s is malformed with two CSRF tokens, or with another content type',
    async (path, fields) => {
      const right = await tokenOf(user.agent);
      const twice = formOf({ ...fields, csrf_token: right });
      twice.append('csrf_token', right);
      expect((await submit(user.agent, path, { form: twice })).status).toBe(400);
      const plain = { 'content-type': 'text/plain' };
      const form = { ...fields, csrf_token: right };
      expect((await submit(user.agent, path, { form, headers: plain })).status).toBe(400);
    },
  );

  it.each(FORMS)('%s is refused with 413 if it is larger than 8 KiB', async (path, fields) => {
    const form = { ...fields, csrf_token: await tokenOf(user.agent), more: 'x'.repeat(8_192) };
    expect((await submit(user.agent, path, { form })).status).toBe(413);
  });

  it('the account is unchanged after all these forms', async () => {
    const page = await user.agent.open('/account');
    expect(page.url.pathname).toBe('/account');
    expect(page.text).toContain(user.person.email);
    expect(page.text).not.toContain('Mallory');
  });

  it('a sign-in form without the CSRF token signs nobody in', async () => {
    const { email, password } = await newPerson();
    const agent = newAgent();
    await agent.open('/sign-in');
    await submit(agent, '/sign-in', { form: { email, password } });
    expect((await agent.open('/account')).form('Sign in')).toBeDefined();
  });
});

/** @demands RFC 9700 §4.7: Following a link changes nothing: a page of ours asks first. */
describe('links do nothing by themselves (RP-Initiated Logout §2)', () => {
  it('a link to sign-out leads to a page that asks first', async () => {
    const app = await createClient(PUBLIC);
    const other = await SignedIn.create();
    const { id_token } = await other.tokens(app);
    for (const query of [{}, { client_id: app.clientId }, { id_token_hint: id_token }]) {
      const page = await user.agent.open(`/oauth2/logout?${formOf(query)}`);
      expect(page.url.pathname).toBe('/oauth2/logout');
      expect(page.forms.map(({ action }) => new URL(action).pathname)).toContain(
        '/oauth2/logout/confirm',
      );
    }
    expect((await user.agent.open('/account')).text).toContain(user.person.email);
  });

  it('a form of another site to sign out leads to a page that asks first, too', async () => {
    const headers = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    const init = { method: 'POST', headers, body: new URLSearchParams() };
    const page = await user.agent.open('/oauth2/logout', init);
    expect(page.forms).not.toEqual([]);
    expect((await user.agent.open('/account')).text).toContain(user.person.email);
  });

  it('a visit to a form’s address changes nothing', async () => {
    for (const [path] of FORMS) {
      const response = await user.agent.fetch(path.replace(':id', 'A'.repeat(22)));
      expect(response.headers.getSetCookie()).toEqual([]);
      expect([200, 303, 400, 404, 405]).toContain(response.status);
    }
    expect((await user.agent.open('/account')).text).toContain(user.person.email);
  });

  it('consent is accepted only from the page that showed what it is for', async () => {
    const client = await createClient(CONFIDENTIAL, { skipConsent: false });
    const page = await user.authorize(client.clientId);
    if (page instanceof ExternalRedirect) throw new Error('Expected the consent page');
    const { fields } = page.form('Allow');
    for (const shown of ['', 'made-up']) {
      const form = { ...fields, shown, answer: 'allow' };
      const response = await submit(user.agent, '/consent', { form });
      expect(response.headers.get('location')).toMatch(/^\/consent\?interaction=/);
    }
    const form = { ...fields, answer: 'neither' };
    expect((await submit(user.agent, '/consent', { form })).status).toBe(400);
  });

  it('consent is not accepted from another browser', async () => {
    const client = await createClient(CONFIDENTIAL, { skipConsent: false });
    const page = await user.authorize(client.clientId);
    if (page instanceof ExternalRedirect) throw new Error('Expected the consent page');
    const thief = await SignedIn.create();
    const form = {
      ...page.form('Allow').fields,
      csrf_token: await tokenOf(thief.agent),
      answer: 'allow',
    };
    expect((await submit(thief.agent, '/consent', { form })).status).toBe(400);
  });
});

/**
 * @demands RFC 9700 §4.16: Clickjacking is prevented: no page can be framed, and no page runs
 *   scripts that a request brings.
 */
describe('pages cannot be framed, and run no foreign script', () => {
  let person: Person;
  beforeAll(async () => {
    person = await newPerson();
  });

  function expectGuarded({ headers, html }: Page): void {
    expect(headers.get('x-frame-options')).toBe('DENY');
    const policy = (headers.get('content-security-policy') ?? '').split('; ');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("base-uri 'none'");
    expect(policy.some((directive) => directive.startsWith('form-action '))).toBe(true);
    expect(policy.join()).not.toMatch(/unsafe|\*|data:|blob:/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(['no-referrer', 'same-origin']).toContain(headers.get('referrer-policy'));
    expect(headers.get('content-type')).toMatch(/^text\/html; charset=utf-8$/i);
    expect(html).not.toMatch(/\son\w+=|style=|javascript:/i);
  }

  it.each([
    '/sign-in',
    '/create-account',
    '/create-account/complete',
    '/device',
    '/device?user_code=BCDF-GHJK',
    '/device/done?answer=allow',
    '/signed-out',
    '/account',
    '/consent?interaction=made-up',
    '/account/requests/made-up',
    '/oauth2/authorize',
    '/oauth2/authorize?client_id=nobody',
    '/oauth2/authorize/resume?interaction=made-up',
    '/oauth2/logout?client_id=nobody',
    '/sign-in/made-up',
  ])('%s cannot be framed and runs no foreign script, signed in or not', async (path) => {
    for (const agent of [newAgent(), user.agent]) expectGuarded(await agent.open(path));
  });

  it('the pages of a sign-in cannot be framed and run no foreign script', async () => {
    const agent = newAgent();
    const client = await createClient(CONFIDENTIAL, { skipConsent: false });
    const signIn = await agent.open(authorizeUrl(authorizationRequest(client.clientId)));
    expectGuarded(signIn);
    const { email } = person;
    const again = await agent.press(signIn, 'Sign in', { email, password: 'wrong' });
    if (again instanceof ExternalRedirect) throw new Error('Expected the page again');
    expectGuarded(again);
    const consent = await agent.press(again, 'Sign in', { email, password: person.password });
    if (consent instanceof ExternalRedirect) throw new Error('Expected the consent page');
    expectGuarded(consent);
    expect(consent.form('Allow')).toBeDefined();
  });

  it('the sign-out page and the page that refuses a form cannot be framed and run no foreign script', async () => {
    expectGuarded(await user.agent.open('/oauth2/logout'));
    const init = { method: 'POST', body: new URLSearchParams() };
    expectGuarded(await user.agent.open('/account/sign-out', init));
  });

  it('a form that goes to the client runs only the script that sends it', async () => {
    const client = await createClient(CONFIDENTIAL);
    const page = await user.authorize(client.clientId, { response_mode: 'form_post' });
    if (page instanceof ExternalRedirect) throw new Error('Expected a form');
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/script-src 'sha256-[\w+/]{43}='/);
    expect(policy).not.toContain('unsafe');
    expect(policy).toContain("frame-ancestors 'none'");
    expect(page.headers.get('x-frame-options')).toBe('DENY');
  });

  it('a script in a request, or in a client’s name, is only text on a page', async () => {
    const attack = `"><script>alert(1)</script>'`;
    for (const path of [
      `/sign-in?interaction=${encodeURIComponent(attack)}`,
      `/device?user_code=${encodeURIComponent(attack)}`,
      `/oauth2/authorize?client_id=${encodeURIComponent(attack)}`,
      `/device/done?answer=${encodeURIComponent(attack)}`,
      `/oauth2/logout?state=${encodeURIComponent(attack)}`,
    ]) {
      expect((await user.agent.open(path)).html).not.toContain('<script>');
    }
    const client = await createClient(
      { ...CONFIDENTIAL, client_name: `<script>alert(1)</script>` },
      { skipConsent: false },
    );
    const form = { state: attack, login_hint: attack, response_mode: 'form_post', prompt: 'none' };
    const answered = await user.authorize(client.clientId, form);
    if (answered instanceof ExternalRedirect) throw new Error('Expected a form');
    expect(answered.html).not.toContain('<script>alert');
    const consent = await user.authorize(client.clientId, { login_hint: attack });
    if (consent instanceof ExternalRedirect) throw new Error('Expected the consent page');
    expect(consent.html).not.toContain('<script>');
  });
});

/** @demands RFC 6265bis §4.1: Cookies are for this host alone, and for browsers alone. */
describe('cookies', () => {
  it('every cookie is for this host alone, hidden from scripts and SameSite=Lax', async () => {
    const agent = newAgent();
    const { email, password } = await newPerson();
    const cookies: string[] = [];
    const seen = agent.fetch.bind(agent);
    agent.fetch = async (url, init) => {
      const response = await seen(url, init);
      cookies.push(...response.headers.getSetCookie());
      return response;
    };
    await agent.press(await agent.open('/sign-in'), 'Sign in', { email, password });
    await agent.press(await agent.open('/account'), 'Sign out');
    expect(cookies.length).toBeGreaterThanOrEqual(3);
    for (const cookie of cookies) {
      // The issuer here is http on this machine. On https they are `__Host-` cookies, a unit test says.
      expect(cookie).toMatch(
        /^sallyport-[a-z]+=[^;]*; Path=\/; HttpOnly; SameSite=Lax(?:; Max-Age=\d+)?$/,
      );
      expect(cookie).not.toMatch(/Domain=/i);
    }
  });

  it('a made-up session cookie signs nobody in', async () => {
    for (const cookie of [
      'sallyport-session=x',
      'sallyport-session=',
      '__Host-sallyport-session=x',
    ]) {
      const response = await send('/account', { headers: { cookie } });
      expect(response.headers.get('location') ?? '').not.toContain('code=');
      expect(response.text).not.toContain('Sign out');
    }
  });

  it('a session cookie is worth nothing once its user has signed out', async () => {
    const leaving = await SignedIn.create();
    const cookie = await leaving.agent.jar.getCookieString(issuer());
    await leaving.agent.press(await leaving.agent.open('/account'), 'Sign out');
    const { text } = await send('/account', { headers: { cookie } });
    expect(text).not.toContain(leaving.person.email);
  });

  it('a session cookie gives no access to the API', async () => {
    const cookie = await user.agent.jar.getCookieString(issuer());
    const { status } = await send('/api/v1/auth/profile', { headers: { cookie } });
    expect(status).toBe(401);
    expect((await get('/oauth2/userinfo')).status).toBe(401);
  });
});
