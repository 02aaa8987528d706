import { beforeAll, describe, expect, it } from 'vitest';

import {
  type Administered,
  CONFIDENTIAL,
  createClient,
  credentials,
  REDIRECT,
} from '../../support/node/administered.ts';
import {
  authorizeUrl,
  type Form,
  post,
  postPar,
  postToken,
  refusal,
  send,
} from '../../support/node/oauth-requests.ts';
import { issuer } from '../../support/node/provider.ts';
import { authorizationRequest, redeem, SignedIn, tokensOf } from '../../support/node/signed-in.ts';

/** The endpoints that accept a form and nothing else. */
const ENDPOINTS = [
  '/oauth2/token',
  '/oauth2/par',
  '/oauth2/introspect',
  '/oauth2/revoke',
  '/oauth2/device_authorization',
  '/oauth2/bc-authorize',
];

let user: SignedIn;
let web: Administered;

beforeAll(async () => {
  user = await SignedIn.create();
  web = await createClient(CONFIDENTIAL);
});

const errorOf = async (form: Form) => {
  const reached = await user.agent.go(authorizeUrl(form));
  return reached.url.searchParams.get('error') ?? reached.status;
};

/** These fields, and a second value for one of them. */
function twice(fields: Readonly<Record<string, string>>, name: string): URLSearchParams {
  const form = new URLSearchParams(fields);
  form.append(name, fields[name] ?? 'x');
  form.append(name, 'another');
  return form;
}

/** @demands RFC 6749 §3.1, §3.2: No parameter is given twice. */
describe('no parameter is given twice', () => {
  it.each([
    'response_type',
    'scope',
    'state',
    'nonce',
    'code_challenge',
    'code_challenge_method',
    'prompt',
    'request',
    'request_uri',
    'dpop_jkt',
    'claims',
    'made_up',
  ])('an authorization request with %s twice is refused', async (name) => {
    const reached = await user.agent.go(
      authorizeUrl(twice(authorizationRequest(web.clientId), name)),
    );
    expect(reached.url.origin + reached.url.pathname).toBe(REDIRECT);
    expect(Object.fromEntries(reached.url.searchParams)).toEqual({
      error: 'invalid_request',
      error_description: expect.stringContaining('must not be repeated'),
      ...(name === 'state' ? {} : { state: authorizationRequest(web.clientId)['state'] }),
      iss: issuer(),
    });
    const pushed = twice({ ...authorizationRequest(web.clientId), ...secrets() }, name);
    expect(refusal(await postPar(pushed))).toBe('400 invalid_request');
  });

  it.each(['grant_type', 'code', 'code_verifier', 'redirect_uri', 'client_id', 'client_secret'])(
    'a token request with %s twice is refused',
    async (name) => {
      const attempt = await user.code(web.clientId);
      const fields = {
        grant_type: 'authorization_code',
        code: attempt.code,
        code_verifier: attempt.verifier,
        redirect_uri: REDIRECT,
        ...secrets(),
      };
      expect(refusal(await postToken(twice(fields, name)))).toBe('400 invalid_request');
      expect((await redeem(web, attempt)).status).toBe(200);
    },
  );

  it.each(['introspect', 'revoke'])(
    'a request with the token twice is refused at %s',
    async (name) => {
      const { access_token } = await user.tokens(web);
      const form = twice({ token: access_token, ...secrets() }, 'token');
      expect(refusal(await post(`/oauth2/${name}`, form))).toBe('400 invalid_request');
    },
  );

  it('an authorization request with two resources is accepted (RFC 8707 §2)', async () => {
    const query = new URLSearchParams(authorizationRequest(web.clientId));
    query.append('resource', 'https://one.example.test/');
    query.append('resource', 'https://two.example.test/');
    const { searchParams } = (await user.agent.go(authorizeUrl(query))).url;
    expect(searchParams.has('code')).toBe(true);
  });

  const secrets = () => ({ client_id: web.clientId, client_secret: web.clientSecret ?? '' });
});

/** @demands RFC 6749 §10.14: Parameters and bodies have bounds. */
describe('parameters have bounds', () => {
  it.each([
    ['state', 8_193],
    ['scope', 4_097],
    ['nonce', 1_025],
    ['login_hint', 513],
    ['acr_values', 1_025],
    ['ui_locales', 513],
    ['resource', 2_049],
    ['claims', 8_193],
    ['authorization_details', 16_385],
    ['code_challenge', 129],
    ['dpop_jkt', 44],
  ])('an authorization request with a %s of %i characters is refused', async (name, length) => {
    const form = {
      ...authorizationRequest(web.clientId),
      ...credentials(web),
      [name]: 'x'.repeat(length),
    };
    const answer = await postPar(form);
    expect([400, 413]).toContain(answer.status);
    expect(String(answer.body['error'])).toMatch(/^invalid_/);
  });

  it('an oversized state is not sent back', async () => {
    const reached = await user.authorize(web.clientId, { state: 's'.repeat(8_193) });
    expect(reached.url.origin + reached.url.pathname).toBe(REDIRECT);
    expect(reached.url.searchParams.get('error')).toBe('invalid_request');
    expect(reached.url.searchParams.has('state')).toBe(false);
  });

  it.each([
    ['token', '/oauth2/token'],
    ['introspection', '/oauth2/introspect'],
    ['revocation', '/oauth2/revoke'],
    ['pushed', '/oauth2/par'],
    ['device', '/oauth2/device_authorization'],
    ['backchannel', '/oauth2/bc-authorize'],
  ])('a %s request with too long or too many parameters is refused', async (_what, path) => {
    const long = { token: 'x'.repeat(32_769), ...credentials(web) };
    expect(refusal(await post(path, long))).toBe('400 invalid_request');
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`p${n}`, 'x']));
    expect(refusal(await post(path, { ...many, ...credentials(web) }))).toBe('400 invalid_request');
  });

  /**
   * @demands RFC 6749 §10.14: Parameters and bodies…
   * @demands RFC 9126 §2.3: Errors are answered to the client directly…
   */
  it('a body of more than 64 KiB is refused with 413', async () => {
    for (const path of ['/oauth2/token', '/oauth2/par', '/oauth2/register', '/oauth2/userinfo']) {
      const { status } = await post(path, { token: 'x'.repeat(65_536) });
      expect(status).toBe(413);
    }
  });

  it('a body of more than 64 KiB is refused even if it does not announce its length', async () => {
    // The body is sent at once: a client that is still writing when the answer comes cannot read it.
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(`token=${'x'.repeat(65_536)}`));
        controller.close();
      },
    });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const init = { method: 'POST', body, headers, duplex: 'half' };
    expect((await send('/oauth2/token', init)).status).toBe(413);
  });

  it('refresh tokens, codes and bearer tokens of any length are refused without an internal error', async () => {
    for (const length of [0, 1, 100, 8_192, 8_193, 32_768]) {
      const text = 'a'.repeat(length);
      const answers = [
        postToken({ grant_type: 'refresh_token', refresh_token: text, ...credentials(web) }),
        redeem(web, { ...(await user.code(web.clientId)), code: text }),
        send('/oauth2/userinfo', { headers: { authorization: `Bearer ${text.slice(0, 8_192)}` } }),
      ];
      for (const answer of await Promise.all(answers)) {
        expect([400, 401]).toContain(answer.status);
      }
    }
  });
});

/** @demands RFC 6749 Appendix B: A request has one form, and a parameter one spelling. */
describe('requests have one form (RFC 6749 §3.2)', () => {
  it.each([
    ['JSON', 'application/json', '{"grant_type":"refresh_token"}'],
    ['text', 'text/plain', 'grant_type=refresh_token'],
    ['multipart/form-data', 'multipart/form-data; boundary=x', '--x--'],
    ['XML', 'application/xml', '<grant_type/>'],
    ['a form of another kind', 'application/x-www-form-urlencodedx', 'grant_type=refresh_token'],
  ])('a request in %s is refused', async (_what, type, body) => {
    const headers = { 'content-type': type };
    for (const path of ENDPOINTS) {
      const answer = await send(path, { method: 'POST', headers, body });
      expect(refusal(answer)).toBe('400 invalid_request');
    }
  });

  /**
   * @demands RFC 6749 Appendix B: A request has one form…
   * @demands RFC 9126 §2.3: Errors are answered to the client directly…
   */
  it('a request by another method than POST is refused with 405', async () => {
    for (const path of ENDPOINTS) {
      for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
        const { status, headers } = await send(path, { method });
        expect([status, headers.get('allow')]).toEqual([405, 'POST']);
      }
    }
  });

  it.each([
    ['a null byte', '%00'],
    ['half of a surrogate pair', '%ED%A0%80'],
    ['bytes that are no UTF-8', '%FF%FE'],
  ])('a code with %s behind it is refused', async (_what, bytes) => {
    const attempt = await user.code(web.clientId);
    const form = `grant_type=authorization_code&code=${attempt.code}${bytes}&client_id=${web.clientId}&client_secret=${web.clientSecret}&code_verifier=${attempt.verifier}`;
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await send('/oauth2/token', { method: 'POST', headers, body: form });
    expect([400, 401]).toContain(answer.status);
  });

  it('a parameter’s name in another case is another parameter', async () => {
    const attempt = await user.code(web.clientId);
    const answer = await redeem(web, attempt, { code: undefined, CODE: attempt.code });
    expect(refusal(answer)).toBe('400 invalid_request');
  });

  it('an empty parameter counts as an absent one', async () => {
    const attempt = await user.code(web.clientId);
    expect(refusal(await redeem(web, attempt, { code: '' }))).toBe('400 invalid_request');
    expect(await errorOf({ ...authorizationRequest(web.clientId), response_type: '' })).toBe(
      'invalid_request',
    );
  });

  it('a name that every object has, such as constructor, is a name like others', async () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const { callback } = await user.code(web.clientId, { [name]: 'x' });
      expect(callback.searchParams.has('code')).toBe(true);
      const grant = { grant_type: name, ...credentials(web) };
      expect(refusal(await postToken(grant))).toBe('400 unsupported_grant_type');
    }
  });
});

/**
 * @demands RFC 6749 §3.3: A scope that breaks the syntax is refused, and no scope is granted that
 *   was not asked for.
 */
describe('scopes have a syntax', () => {
  it.each([
    ['nothing but spaces', '  '],
    ['a quote', 'openid "email"'],
    ['a backslash', 'openid \\'],
    ['a tab', 'openid\temail'],
    ['a line feed', 'openid\nemail'],
    ['a letter of another alphabet', 'openid \u0435mail'],
    ['a control character', 'openid \u007f'],
    ['nothing known', 'made-up'],
  ])('a scope with %s is refused', async (_what, scope) => {
    expect(await errorOf({ ...authorizationRequest(web.clientId), scope })).toBe('invalid_scope');
    const { refresh_token } = await user.tokens(web, { scope: 'openid offline_access' });
    const form = { grant_type: 'refresh_token', refresh_token, scope, ...credentials(web) };
    expect(refusal(await postToken(form))).toBe('400 invalid_scope');
    const own = { grant_type: 'client_credentials', scope, ...credentials(await machine()) };
    expect(refusal(await postToken(own))).toBe('400 invalid_scope');
  });

  it('doubled spaces and those around scopes are folded', async () => {
    const scope = '  openid  offline_access ';
    const answer = await redeem(web, await user.code(web.clientId, { scope }));
    expect(answer.body['scope']).toBe('openid offline_access');
  });

  it('an unknown scope beside a known one is not granted', async () => {
    const answer = await redeem(web, await user.code(web.clientId, { scope: 'openid made-up' }));
    expect(answer.body['scope']).toBe('openid');
    expect(tokensOf(answer).id_token).toMatch(/^ey/);
  });

  let made: Promise<Administered> | undefined;
  const machine = () =>
    (made ??= createClient({
      token_endpoint_auth_method: 'client_secret_post',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      scope: 'read openid email',
    }));
});
