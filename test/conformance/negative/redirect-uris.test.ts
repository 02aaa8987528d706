import { beforeAll, describe, expect, it } from 'vitest';

import {
  type Administered,
  CONFIDENTIAL,
  changeClient,
  createClient,
  credentials,
  PUBLIC,
  REDIRECT,
} from '../../support/node/administered.ts';
import {
  authorizeUrl,
  type Fields,
  postPar,
  refusal,
  send,
} from '../../support/node/oauth-requests.ts';
import { issuer, newAgent, newPerson, registerClient } from '../../support/node/provider.ts';
import { authorizationRequest, redeem, SignedIn } from '../../support/node/signed-in.ts';
import { type ExternalRedirect, Page } from '../../support/node/user-agent.ts';

let user: SignedIn;
let web: Administered;
let native: Administered;

const LOOPBACK = 'http://127.0.0.1/callback';

beforeAll(async () => {
  user = await SignedIn.create();
  web = await createClient(CONFIDENTIAL);
  native = await createClient({
    ...PUBLIC,
    application_type: 'native',
    redirect_uris: [LOOPBACK, 'http://[::1]:9000/callback', 'com.example.app:/callback'],
  });
});

/** The user sees an error page, and nothing on it leads to another origin. */
async function expectErrorPage(reached: Page | ExternalRedirect): Promise<void> {
  expect(reached).toBeInstanceOf(Page);
  if (!(reached instanceof Page)) return;
  expect(reached.status).toBe(400);
  expect(reached.headers.get('location')).toBeNull();
  expect(reached.headers.get('refresh')).toBeNull();
  expect(reached.html).not.toMatch(/http-equiv="?refresh/i);
  const links = [...reached.html.matchAll(/(?:href|action|src)="([^"]*)"/g)].map(([, url]) => url);
  expect(links.filter((url) => new URL(url ?? '', issuer()).origin !== issuer())).toEqual([]);
}

const TRICKS: readonly (readonly [what: string, uri: string])[] = [
  ['another host', 'https://evil.example/callback'],
  [
    'user information that looks like the host',
    'https://client.example.test@evil.example/callback',
  ],
  ['a password that looks like the path', 'https://client.example.test:x@evil.example/callback'],
  ['user information before the right host', 'https://evil@client.example.test/callback'],
  ['empty user information', 'https://@client.example.test/callback'],
  ['a backslash before the at sign', 'https://client.example.test\\@evil.example/callback'],
  ['a backslash for a slash', 'https:\\\\client.example.test/callback'],
  ['a fragment', `${REDIRECT}#fragment`],
  ['an empty fragment', `${REDIRECT}#`],
  ['a fragment before the host', 'https://evil.example#.client.example.test/callback'],
  ['a query before the host', 'https://evil.example?.client.example.test/callback'],
  ['dot segments', 'https://client.example.test/x/../callback'],
  ['a single dot segment', 'https://client.example.test/./callback'],
  ['encoded dot segments', 'https://client.example.test/x/%2e%2e/callback'],
  ['dot segments behind it', `${REDIRECT}/../evil`],
  ['an encoded slash', 'https://client.example.test%2Fcallback'],
  ['an encoded letter', 'https://client.example.test/%63allback'],
  ['a letter of another alphabet', 'https://client.example.test/c\u0430llback'],
  ['a host in another alphabet', 'https://\u0441lient.example.test/callback'],
  ['an ideographic full stop', 'https://client\u3002example.test/callback'],
  ['full-width letters', 'https://\uff43lient.example.test/callback'],
  ['an invisible character', 'https://client.example.test/call\u200bback'],
  ['the right-to-left override', `${REDIRECT}\u202e`],
  ['another case of the host', 'https://CLIENT.example.test/callback'],
  ['another case of the scheme', 'HTTPS://client.example.test/callback'],
  ['another case of the path', 'https://client.example.test/Callback'],
  ['a subdomain', 'https://a.client.example.test/callback'],
  ['the domain above', 'https://example.test/callback'],
  ['a longer host', 'https://client.example.test.evil.example/callback'],
  ['a host that only ends alike', 'https://evilclient.example.test/callback'],
  ['the dot of the root', 'https://client.example.test./callback'],
  ['the default port', 'https://client.example.test:443/callback'],
  ['another port', 'https://client.example.test:8443/callback'],
  ['no TLS', 'http://client.example.test/callback'],
  ['no scheme', '//client.example.test/callback'],
  ['a script', 'javascript:alert(1)//https://client.example.test/callback'],
  ['data', 'data:text/html,https://client.example.test/callback'],
  ['a slash behind it', `${REDIRECT}/`],
  ['an empty query', `${REDIRECT}?`],
  ['a query that redirects on', `${REDIRECT}?next=https://evil.example`],
  ['a path parameter', `${REDIRECT};evil`],
  ['a shorter path', 'https://client.example.test/call'],
  ['a space before it', ` ${REDIRECT}`],
  ['a line feed behind it', `${REDIRECT}\n`],
  ['a tab within', 'https://client.example\t.test/callback'],
  ['a second URI behind it', `${REDIRECT} ${REDIRECT}`],
  ['no host', '/callback'],
  ['no characters', ''],
];

/**
 * @demands RFC 9700 §2.1, §4.1.3: Redirect URIs are compared exactly: user information, a fragment,
 *   dot segments, another alphabet, another case or another port make another URI.
 */
describe('redirect URIs are compared exactly', () => {
  it.each(TRICKS)(
    'a redirect URI with %s leads to an error page, not to the client',
    async (_what, uri) => {
      await expectErrorPage(await user.authorize(web.clientId, { redirect_uri: uri }));
    },
  );

  it.each(TRICKS)('a pushed request is refused for a redirect URI with %s', async (_what, uri) => {
    const form = { ...authorizationRequest(web.clientId), ...credentials(web), redirect_uri: uri };
    expect(refusal(await postPar(form))).toBe('400 invalid_request');
  });

  it('a redirect URI in a form is compared exactly, too', async () => {
    const form = {
      ...authorizationRequest(web.clientId),
      redirect_uri: 'https://evil.example/callback',
    };
    const init = { method: 'POST', body: new URLSearchParams(form) };
    await expectErrorPage(await user.agent.go('/oauth2/authorize', init));
  });

  it('a token request that names another redirect URI is refused', async () => {
    const attempt = await user.code(web.clientId);
    const answer = await redeem(web, attempt, { redirect_uri: `${REDIRECT}/` });
    expect(refusal(answer)).toBe('400 invalid_grant');
  });

  it('a redirect URI that the client no longer has is refused', async () => {
    const old = 'https://client.example.test/old';
    const client = await createClient({ ...CONFIDENTIAL, redirect_uris: [REDIRECT, old] });
    const { callback } = await user.code(client.clientId, { redirect_uri: old });
    expect(callback.href.startsWith(old)).toBe(true);
    await changeClient(client, { metadata: { ...CONFIDENTIAL, redirect_uris: [REDIRECT] } });
    await expectErrorPage(await user.authorize(client.clientId, { redirect_uri: old }));
  });
});

/**
 * @demands RFC 9700 §2.1: A native app may use any port of its loopback address, and may change
 *   nothing else of its redirect URI (RFC 8252 §7.3).
 */
describe('the port of a loopback address is the one exception', () => {
  it.each([
    'http://127.0.0.1:49152/callback',
    'http://127.0.0.1/callback',
    'http://[::1]:1234/callback',
  ])('a native app is answered at %s', async (uri) => {
    const { callback } = await user.code(native.clientId, { redirect_uri: uri });
    expect(callback.href.startsWith(uri)).toBe(true);
  });

  it.each([
    ['another path', 'http://127.0.0.1:49152/other'],
    ['another name of the machine', 'http://localhost:49152/callback'],
    ['another loopback address', 'http://127.0.0.2:49152/callback'],
    ['the address in decimal', 'http://2130706433/callback'],
    ['a short spelling of it', 'http://127.1/callback'],
    ['the address within IPv6', 'http://[::ffff:127.0.0.1]/callback'],
    ['a port that does not exist', 'http://127.0.0.1:99999/callback'],
    ['port zero', 'http://127.0.0.1:0/callback'],
    ['an empty port', 'http://127.0.0.1:/callback'],
    ['TLS, for which there is no exception', 'https://127.0.0.1:49152/callback'],
    ['user information for a port', 'http://127.0.0.1:80@evil.example/callback'],
    ['a host that begins alike', 'http://127.0.0.1.evil.example/callback'],
    ['another private scheme', 'com.example.other:/callback'],
    ['more behind a private scheme', 'com.example.app:/callback/more'],
  ])('a native app is not answered at %s', async (_what, uri) => {
    await expectErrorPage(await user.authorize(native.clientId, { redirect_uri: uri }));
  });
});

/**
 * @demands RFC 9700 §2.1, §4.11.2: The authorization endpoint is no open redirector: it redirects
 *   nobody before it knows the client and the redirect URI.
 */
describe('the authorization endpoint is no open redirector', () => {
  const evil = 'https://evil.example/callback';
  const faults: readonly (readonly [what: string, form: Fields])[] = [
    ['an unknown client', { client_id: 'nobody' }],
    ['no client', { client_id: '' }],
    ['an unknown client and an unknown response type', { client_id: 'nobody', response_type: 'x' }],
  ];

  it.each(faults)('a request with %s is answered with a page', async (_what, form) => {
    await expectErrorPage(await user.authorize(web.clientId, { redirect_uri: evil, ...form }));
  });

  it.each([
    ['an unknown response type', { response_type: 'token' }],
    ['an unknown scope', { scope: 'made-up' }],
    ['prompt=none', { prompt: 'none' }],
    ['a response mode', { response_mode: 'fragment' }],
  ])('a foreign redirect URI is answered with a page, even beside %s', async (_what, form) => {
    await expectErrorPage(await user.authorize(web.clientId, { redirect_uri: evil, ...form }));
  });

  it('a disabled client’s request is answered with a page', async () => {
    const client = await createClient(CONFIDENTIAL);
    await changeClient(client, { status: 'disabled' });
    await expectErrorPage(await user.authorize(client.clientId));
  });

  it('a request that repeats client_id or redirect_uri is answered with a page', async () => {
    for (const name of ['client_id', 'redirect_uri'] as const) {
      const query = new URLSearchParams(authorizationRequest(web.clientId));
      query.append(name, evil);
      await expectErrorPage(await user.agent.go(authorizeUrl(query)));
    }
  });

  it('the sign-in page leads to no address in its query', async () => {
    const { email, password } = await newPerson();
    for (const name of [
      'next',
      'return_to',
      'redirect_uri',
      'continue',
      'url',
      'target_link_uri',
    ]) {
      const agent = newAgent();
      const page = await agent.open(`/sign-in?${name}=${encodeURIComponent(evil)}`);
      expect(new URL(page.form('Sign in').action).origin).toBe(issuer());
      const reached = await agent.press(page, 'Sign in', { email, password });
      expect(reached.url.href).toBe(`${issuer()}/account`);
    }
  });

  it.each(['//evil.example', '/\\evil.example', '/%2f%2fevil.example', '/oauth2//evil.example'])(
    'a path such as %s redirects nowhere',
    async (path) => {
      const { status, headers } = await send(`${issuer()}${path}`);
      expect(status).toBe(404);
      expect(headers.get('location')).toBeNull();
    },
  );

  it('an interaction that this browser did not begin is not resumed', async () => {
    for (const id of ['', 'A'.repeat(22), '../../x', evil]) {
      const path = `/oauth2/authorize/resume?interaction=${encodeURIComponent(id)}`;
      await expectErrorPage(await user.agent.go(path));
    }
  });
});

/**
 * @demands RFC 9700 §4.11.2: Sign-out is no open redirector: it leads to an address that the client
 *   registered, or to a page of our own.
 */
describe('sign-out is no open redirector', () => {
  const BYE = 'https://client.example.test/bye';

  it.each([
    ['an unregistered address', 'https://evil.example/bye'],
    ['a redirect URI', REDIRECT],
    ['a longer address', `${BYE}/more`],
    ['user information', 'https://client.example.test@evil.example/bye'],
    ['dot segments', 'https://client.example.test/x/../bye'],
    ['another case', 'https://CLIENT.example.test/bye'],
    ['a query', `${BYE}?next=https://evil.example`],
    ['a script', 'javascript:alert(1)'],
  ])('sign-out does not send the browser to %s', async (_what, uri) => {
    const client = await createClient({ ...CONFIDENTIAL, post_logout_redirect_uris: [BYE] });
    const query = new URLSearchParams({
      client_id: client.clientId,
      post_logout_redirect_uri: uri,
    });
    await expectErrorPage(await newAgent().go(`/oauth2/logout?${query}`));
  });

  it('sign-out without a client ends on a page of our own', async () => {
    const query = new URLSearchParams({ post_logout_redirect_uri: BYE });
    const reached = await newAgent().go(`/oauth2/logout?${query}`);
    expect(reached.url.href).toBe(`${issuer()}/signed-out`);
  });

  it('a state cannot add a header or another address to sign-out', async () => {
    const client = await createClient({ ...CONFIDENTIAL, post_logout_redirect_uris: [BYE] });
    const state = '\r\nlocation: https://evil.example/#';
    const query = { client_id: client.clientId, post_logout_redirect_uri: BYE, state };
    const reached = await newAgent().go(`/oauth2/logout?${new URLSearchParams(query)}`);
    expect(reached.url.href.startsWith(`${BYE}?`)).toBe(true);
    expect(reached.url.searchParams.get('state')).toBe(state);
  });
});

/** @demands RFC 9700 §4.11.2: A link to this server does not end at the address of a client that nobody… */
describe('a link leads to no client that registered itself, before a person has acted for it', () => {
  const BYE = 'https://client.example.test/bye';
  const SELF_REGISTERED = {
    redirect_uris: [REDIRECT],
    post_logout_redirect_uris: [BYE],
    client_name: 'Your Bank',
  };

  /** What the page shows, and where its button leads. */
  function leads(reached: Page | ExternalRedirect): string {
    if (!(reached instanceof Page)) throw new Error(`Was sent to ${reached.url}`);
    expect(reached.status).toBe(200);
    expect(reached.html).toContain('<strong class="host">client.example.test</strong>');
    expect(reached.text).not.toContain('Your Bank');
    expect(reached.headers.get('refresh')).toBeNull();
    expect(reached.html).not.toMatch(/http-equiv="?refresh|<script/i);
    return /class="button" href="([^"]*)"/.exec(reached.html)?.[1] ?? '';
  }

  it.each([
    ['a wrong request', { response_type: 'token' }, 'unsupported_response_type'],
    ['prompt=none', { prompt: 'none' }, 'login_required'],
    ['a nonce that is too long', { nonce: 'x'.repeat(1_025) }, 'invalid_request'],
  ])('a visitor with %s sees where the link leads', async (_what, more, error) => {
    const { client_id: clientId } = await registerClient(SELF_REGISTERED);
    const url = authorizeUrl({ ...authorizationRequest(clientId), ...more });
    expect(leads(await newAgent().go(url))).toMatch(new RegExp(`^${REDIRECT}\\?error=${error}&`));
    const framed = await newAgent().go(url, { headers: { 'sec-fetch-dest': 'iframe' } });
    expect(framed.url.href).toMatch(new RegExp(`^${REDIRECT}\\?error=${error}&`));
  });

  it('a visitor who signs out of nothing sees where the link leads', async () => {
    const { client_id: clientId } = await registerClient(SELF_REGISTERED);
    const query = new URLSearchParams({ client_id: clientId, post_logout_redirect_uri: BYE });
    expect(leads(await newAgent().go(`/oauth2/logout?${query}`))).toBe(BYE);
  });
});

/**
 * @demands RFC 9700 §2.1, §2.6: A client cannot register a redirect URI that is plain HTTP (except
 *   on loopback), a pattern, or ambiguous.
 */
describe('redirect URIs that cannot be registered', () => {
  it.each([
    ['http', 'http://client.example.test/callback'],
    ['a wildcard host', 'https://*.example.test/callback'],
    ['a wildcard path', 'https://client.example.test/*'],
    ['a fragment', 'https://client.example.test/callback#x'],
    ['an empty fragment', 'https://client.example.test/callback#'],
    ['user information', 'https://a:b@client.example.test/callback'],
    ['dot segments', 'https://client.example.test/a/../callback'],
    ['encoded dot segments', 'https://client.example.test/%2E%2e/callback'],
    ['a script', 'javascript:alert(1)'],
    ['data', 'data:text/html,x'],
    ['a file', 'file:///etc/passwd'],
    ['a scheme without a dot', 'myapp:/callback'],
    ['a relative reference', '/callback'],
    ['a backslash', 'https:\\\\client.example.test\\callback'],
    ['a host in another alphabet', 'https://\u0441lient.example.test/callback'],
    ['a space', 'https://client.example.test/call back'],
  ])('a client that registers a redirect URI with %s is refused', async (_what, uri) => {
    const { status, body } = await send('/oauth2/register', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: [uri] }),
    });
    expect([status, body['error']]).toEqual([400, 'invalid_redirect_uri']);
  });
});
