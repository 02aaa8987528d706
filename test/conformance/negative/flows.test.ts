import { request as httpRequest } from 'node:http';

import { beforeAll, describe, expect, it } from 'vitest';

import {
  type Administered,
  CONFIDENTIAL,
  createClient,
  credentials,
  PUBLIC,
  REDIRECT,
} from '../../support/node/administered.ts';
import {
  claimsOf,
  type Fields,
  get,
  newPkce,
  post,
  postToken,
  refusal,
  send,
} from '../../support/node/oauth-requests.ts';
import { issuer, newAgent, newPerson, registerClient } from '../../support/node/provider.ts';
import { authorizationRequest, redeem, SignedIn, tokensOf } from '../../support/node/signed-in.ts';
import { ExternalRedirect, type Page } from '../../support/node/user-agent.ts';

let user: SignedIn;
let web: Administered;

beforeAll(async () => {
  user = await SignedIn.create();
  web = await createClient(CONFIDENTIAL);
});

const metadata = () => send('/.well-known/oauth-authorization-server');

/** The parameters of the response, be they in the query, in the fragment or in a form. */
function responseOf(reached: Page | ExternalRedirect): URLSearchParams {
  if (!(reached instanceof ExternalRedirect)) return new URLSearchParams(reached.forms[0]?.fields);
  const { hash, searchParams } = reached.url;
  return hash === '' ? searchParams : new URLSearchParams(hash.slice(1));
}

/**
 * @demands RFC 9700 §2.1.2: An authorization response holds no access token: there is no response
 *   type `token` and no hybrid one.
 */
describe('no token is sent through a browser', () => {
  it.each([
    'token',
    'id_token',
    'code token',
    'token code',
    'code id_token',
    'id_token token',
    'code id_token token',
    'none',
    'code code',
    'CODE',
  ])('the response_type "%s" is not supported', async (response_type) => {
    const reached = await user.authorize(web.clientId, { response_type, nonce: 'n' });
    const response = responseOf(reached);
    expect(response.get('error')).toBe('unsupported_response_type');
    for (const name of ['code', 'access_token', 'id_token', 'token']) {
      expect(response.has(name)).toBe(false);
    }
  });

  it('a request without a response_type is refused', async () => {
    const reached = await user.authorize(web.clientId, { response_type: undefined });
    expect(responseOf(reached).get('error')).toBe('invalid_request');
  });

  it.each([
    { response_types: ['token'] },
    { response_types: ['code', 'id_token'] },
    { grant_types: ['implicit'] },
    { grant_types: ['authorization_code', 'implicit'] },
  ])('a client cannot register %j', async (wish) => {
    const body = JSON.stringify({ redirect_uris: [REDIRECT], ...wish });
    const headers = { 'content-type': 'application/json' };
    const answer = await send('/oauth2/register', { method: 'POST', headers, body });
    expect(refusal(answer)).toBe('400 invalid_client_metadata');
  });
});

/** @demands RFC 9700 §2.4: There is no password grant. */
describe('there is no password grant', () => {
  it('the token endpoint accepts no password', async () => {
    const { email, password } = user.person;
    const form = { grant_type: 'password', username: email, password, ...credentials(web) };
    expect(refusal(await postToken(form))).toBe('400 unsupported_grant_type');
  });

  it('a client cannot register for the password grant', async () => {
    await expect(
      registerClient({ redirect_uris: [REDIRECT], grant_types: ['password'] }),
    ).rejects.toThrow('invalid_client_metadata');
  });
});

/**
 * @demands RFC 9700 §2.1.1, §2.6: Clients can rely on the metadata, which announces PKCE and
 *   nothing that is forbidden.
 */
describe('metadata', () => {
  it('the metadata announces S256 and iss, and no forbidden grant or algorithm', async () => {
    const { body } = await metadata();
    expect(body).toMatchObject({
      issuer: issuer(),
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    });
    for (const grant of ['password', 'implicit']) {
      expect(body['grant_types_supported']).not.toContain(grant);
    }
    for (const [name, algorithms] of Object.entries(body)) {
      if (!name.endsWith('_alg_values_supported')) continue;
      expect(algorithms).not.toContain('none');
      expect(algorithms).not.toContain('HS256');
      expect(algorithms).not.toContain('RSA1_5');
    }
  });

  it('the metadata is the same at both well-known addresses', async () => {
    const [oauth, openid] = [await metadata(), await send('/.well-known/openid-configuration')];
    expect(openid.text).toBe(oauth.text);
  });

  it('the metadata does not change with the Host header', async () => {
    const url = new URL('/.well-known/oauth-authorization-server', issuer());
    const text = await new Promise<string>((resolve, reject) => {
      const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example' };
      const sent = httpRequest(url, { headers }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => resolve(Buffer.concat(parts).toString()));
      });
      sent.on('error', reject).end();
    });
    expect(text).not.toContain('evil.example');
    expect(JSON.parse(text)).toMatchObject({ issuer: issuer() });
  });

  /** @demands RFC 9700 §2.6: The authorization endpoint and our pages do not support CORS. */
  it('a script of another origin cannot read the authorization endpoint or a page', async () => {
    const asking = {
      origin: 'https://client.example.test',
      'access-control-request-method': 'GET',
    };
    for (const path of [
      '/oauth2/authorize',
      '/oauth2/logout',
      '/sign-in',
      '/consent',
      '/account',
    ]) {
      for (const method of ['OPTIONS', 'GET']) {
        const { headers } = await send(path, { method, headers: asking });
        expect(headers.get('access-control-allow-origin')).toBeNull();
        expect(headers.get('access-control-allow-credentials')).toBeNull();
      }
    }
  });
});

/**
 * @demands RFC 9700 §4.2: A code does not leak through `Referer`, caches or third-party content.
 */
describe('codes do not leak', () => {
  it('a redirect with a code sends no Referer and is not cached', async () => {
    const parameters = new URLSearchParams({ ...authorizationRequest(web.clientId) });
    const response = await user.agent.fetch(`/oauth2/authorize?${parameters}`);
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toContain('code=');
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('a page on the way to a code sends no Referer to other sites and loads nothing from them', async () => {
    const other = await createClient(CONFIDENTIAL, { skipConsent: false });
    const page = await user.authorize(other.clientId);
    if (page instanceof ExternalRedirect) throw new Error('Expected the consent page');
    expect(page.headers.get('referrer-policy')).toBe('same-origin');
    const loaded = [
      ...page.html.matchAll(/<(?:img|script|link|iframe)\b[^>]*(?:src|href)="([^"]*)"/g),
    ];
    for (const [, url = ''] of loaded) expect(new URL(url, issuer()).origin).toBe(issuer());
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('a form with a code sends no Referer, is not cached and cannot be framed', async () => {
    const page = await user.authorize(web.clientId, { response_mode: 'form_post' });
    if (page instanceof ExternalRedirect) throw new Error('Expected a form');
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.headers.get('x-frame-options')).toBe('DENY');
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(page.forms[0]?.action).toBe(REDIRECT);
  });
});

/**
 * @demands RFC 9700 §4.3: Tokens and credentials in a URL count for nothing, and responses that
 *   hold tokens are not cached.
 */
describe('tokens and credentials do not leak', () => {
  /**
   * @demands RFC 9700 §4.3: Tokens and credentials in a URL…
   * @demands FAPI 2.0 Security Profile §5.3.3: A resource server takes no token from a query…
   */
  it('an access token in a query counts for nothing', async () => {
    const { access_token } = await user.tokens(web);
    for (const [path, status] of [
      ['/oauth2/userinfo', 401],
      ['/api/v1/auth/profile', 400],
      ['/api/v1/auth/token/validate', 400],
    ] as const) {
      expect((await get(`${path}?access_token=${access_token}`)).status).toBe(status);
    }
    const both = await get(
      `/oauth2/userinfo?access_token=${access_token}`,
      `Bearer ${access_token}`,
    );
    expect(both.status).toBe(200);
  });

  it('credentials and codes in the query of the token endpoint count for nothing', async () => {
    const attempt = await user.code(web.clientId);
    const query = new URLSearchParams({
      client_secret: web.clientSecret ?? '',
      code: attempt.code,
    });
    const answer = await post(`/oauth2/token?${query}`, {
      grant_type: 'authorization_code',
      code_verifier: attempt.verifier,
      client_id: web.clientId,
    });
    expect(refusal(answer)).toBe('401 invalid_client');
  });

  it('answers with tokens are not cached', async () => {
    const answer = await redeem(web, await user.code(web.clientId));
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const info = await get('/oauth2/userinfo', `Bearer ${tokensOf(answer).access_token}`);
    expect(info.headers.get('cache-control')).toBe('no-store');
  });
});

/**
 * @demands RFC 9700 §2.1, §4.4: Mix-up is prevented: every authorization response, errors too,
 *   names its issuer (RFC 9207).
 */
describe('mix-up (RFC 9207 §2)', () => {
  const MODES = [
    'query',
    'fragment',
    'form_post',
    'query.jwt',
    'fragment.jwt',
    'form_post.jwt',
    'jwt',
  ];

  /** The issuer that a response names, in the plain response modes and in those of JARM. */
  async function issOf(form: Fields): Promise<unknown> {
    const response = responseOf(await user.authorize(web.clientId, form));
    const jwt = response.get('response');
    return jwt === null ? response.get('iss') : claimsOf(jwt)['iss'];
  }

  it.each(MODES)('a code in the response mode %s comes with its issuer', async (response_mode) => {
    expect(await issOf({ response_mode })).toBe(issuer());
  });

  it.each(MODES)(
    'an error in the response mode %s comes with its issuer',
    async (response_mode) => {
      expect(await issOf({ response_mode, prompt: 'made-up' })).toBe(issuer());
      expect(await issOf({ response_mode, scope: 'made-up' })).toBe(issuer());
      expect(await issOf({ response_mode, request: 'not.a.jwt' })).toBe(issuer());
    },
  );

  it('the answer to prompt=none without a session names its issuer, too', async () => {
    const url = `/oauth2/authorize?${new URLSearchParams({ ...authorizationRequest(web.clientId), prompt: 'none' })}`;
    const response = responseOf(await newAgent().go(url));
    expect([response.get('error'), response.get('iss')]).toEqual(['login_required', issuer()]);
  });

  it('a signed answer names its issuer, and one client as its audience', async () => {
    const response = responseOf(await user.authorize(web.clientId, { response_mode: 'jwt' }));
    expect([...response.keys()]).toEqual(['response']);
    expect(claimsOf(response.get('response'))).toMatchObject({ iss: issuer(), aud: web.clientId });
  });

  it('an iss or a code in the request does not come back in the answer', async () => {
    const form = { iss: 'https://evil.example', code: 'injected' };
    const response = responseOf(await user.authorize(web.clientId, form));
    expect(response.getAll('iss')).toEqual([issuer()]);
    expect(response.getAll('code')).not.toContain('injected');
  });
});

/**
 * @demands RFC 9700 §2.1, §4.7: Clients are protected from CSRF: the state comes back as it was
 *   sent, and PKCE binds a code to the attempt that asked for it.
 */
describe('the state comes back as it was sent', () => {
  it.each([
    ['with spaces and quotes', `a b"c'd<e>`],
    ['with another parameter in it', 'x&code=injected#access_token=y'],
    ['with line breaks', 'x\r\nset-cookie: a=b'],
    ['in another alphabet', 'ключ\u{1f511}'],
    ['of 8,192 characters', 's'.repeat(8_192)],
  ])('a state %s comes back unchanged', async (_what, state) => {
    for (const response_mode of ['query', 'fragment', 'form_post']) {
      const reached = await user.authorize(web.clientId, { state, response_mode });
      expect(responseOf(reached).getAll('state')).toEqual([state]);
      expect(responseOf(reached).getAll('code')).not.toContain('injected');
    }
  });

  it('no state comes back where none was sent', async () => {
    const response = responseOf(await user.authorize(web.clientId, { state: undefined }));
    expect(response.has('state')).toBe(false);
    expect(response.has('code')).toBe(true);
  });
});

/** @demands RFC 9700 §4.12: A redirect after a form with credentials is a 303, never a 307. */
describe('forms are not sent on', () => {
  it('every redirect after a form with credentials is a 303', async () => {
    const { email, password } = await newPerson();
    const agent = newAgent();
    const other = await createClient(CONFIDENTIAL, { skipConsent: false });
    const statuses: number[] = [];
    const seen = agent.fetch.bind(agent);
    agent.fetch = async (url, init) => {
      const response = await seen(url, init);
      if (response.headers.has('location')) statuses.push(response.status);
      return response;
    };
    const signIn = await agent.open(
      `/oauth2/authorize?${new URLSearchParams(authorizationRequest(other.clientId))}`,
    );
    const consent = await agent.press(signIn, 'Sign in', { email, password });
    if (consent instanceof ExternalRedirect) throw new Error('Expected the consent page');
    expect(await agent.press(consent, 'Allow')).toBeInstanceOf(ExternalRedirect);
    expect(statuses.length).toBeGreaterThanOrEqual(4);
    expect(new Set(statuses)).toEqual(new Set([303]));
  });

  it('an authorization request in a form is redirected with a 303', async () => {
    const { status, headers } = await post('/oauth2/authorize', authorizationRequest(web.clientId));
    expect(status).toBe(303);
    expect(headers.get('location')).toMatch(/^\/oauth2\/authorize\?client_id=/);
  });
});

/**
 * @demands RFC 9700 §4.13: Headers that only our reverse proxy may set are believed of nobody else.
 */
describe('headers that only the edge may set are believed of nobody else', () => {
  const principal = (subject: string) =>
    Buffer.from(
      JSON.stringify({
        subject,
        sessionId: `ses_${'a'.repeat(26)}`,
        clientId: 'sallyport',
        scopes: ['openid', 'account', 'roles'],
        roles: ['admin'],
        tokenId: 'a'.repeat(26),
        expiresAt: 4_000_000_000,
      }),
    ).toString('base64url');

  it.each(['x-sallyport-principal', 'X-SALLYPORT-PRINCIPAL'])(
    'a principal in the header %s is not believed',
    async (name) => {
      const headers = { [name]: principal(user.person.accountId) };
      for (const path of ['/oauth2/userinfo', '/api/v1/auth/profile', '/api/v1/oauth/clients']) {
        expect((await send(path, { headers })).status).toBe(401);
      }
    },
  );

  it('a client certificate in a header is not believed', async () => {
    const client = await createClient({
      token_endpoint_auth_method: 'tls_client_auth',
      tls_client_auth_subject_dn: 'CN=client',
      grant_types: ['client_credentials'],
      redirect_uris: [],
    });
    const certificate = { verified: true, sha256: 'A'.repeat(43), subjectDn: 'CN=client' };
    const encoded = Buffer.from(JSON.stringify(certificate)).toString('base64url');
    const form = { grant_type: 'client_credentials', client_id: client.clientId };
    for (const name of ['x-sallyport-client-certificate', 'client-cert', 'x-ssl-cert']) {
      expect(refusal(await postToken(form, { [name]: encoded }))).toBe('401 invalid_client');
    }
  });

  it('a subject in a header of the forward-auth answer is not believed', async () => {
    const headers = { 'x-auth-subject': user.person.accountId, 'x-auth-roles': 'admin' };
    expect((await send('/api/v1/auth/token/validate', { headers })).status).toBe(401);
  });
});

/**
 * @demands RFC 9700 §4.17: Authorization responses are not sent as messages between windows, so
 *   that no unverified receiver gets one.
 */
describe('messages between windows', () => {
  it.each(['web_message', 'web_message.jwt', 'made-up', 'query fragment'])(
    'the response_mode %s does not exist',
    async (response_mode) => {
      const response = responseOf(await user.authorize(web.clientId, { response_mode }));
      expect(response.get('error')).toBe('invalid_request');
      expect(response.has('code')).toBe(false);
    },
  );

  it('the response_mode web_message does not exist for public clients either', async () => {
    const app = await createClient(PUBLIC);
    const form = { response_mode: 'web_message', code_challenge: newPkce().challenge };
    expect(responseOf(await user.authorize(app.clientId, form)).get('error')).toBe(
      'invalid_request',
    );
  });
});
