import { beforeEach, describe, expect, it } from 'vitest';

import { ADA } from '../../../../support/identity-fixture.ts';
import { callbackOf, OTHER, SocialFixture, VERIFIED } from '../../../../support/social-fixture.ts';

let test: SocialFixture;
beforeEach(async () => {
  test = await SocialFixture.start();
});

const begin = async (provider = 'acme', browser = test.browser) => {
  const response = await browser.fetch(`/api/v1/auth/oauth/${provider}/url`);
  return readJson(response);
};

async function readJson(response: Response) {
  // oxlint-disable-next-line typescript/no-explicit-any -- a test reads any shape and asserts it
  const json: any = await response.json();
  return { status: response.status, json };
}

const finish = async (
  body: Readonly<Record<string, unknown>>,
  { provider = 'acme', browser = test.browser, prefix = '/api/v1/auth' } = {},
) => {
  const response = await browser.fetch(`${prefix}/oauth/${provider}/callback`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
  return readJson(response);
};

describe('POST /providers', () => {
  it('lists the providers', async () => {
    const { status, json } = await test.identity.call('/api/v1/auth/providers', { method: 'POST' });
    expect(status).toBe(200);
    expect(json).toEqual([
      {
        name: 'acme',
        displayName: 'Acme',
        authType: 'oauth',
        authUrl: 'https://id.example.test/api/v1/auth/oauth/acme/url',
      },
      expect.objectContaining({ name: 'other', displayName: 'other' }),
      expect.objectContaining({ name: 'apple', displayName: 'Apple' }),
    ]);
  });
});

describe('a client of the API that signs in with a provider', () => {
  it('gets the URL for the browser, and a cookie', async () => {
    const { status, json } = await begin();
    expect(status).toBe(200);
    expect(json).toEqual({ url: expect.any(String), state: expect.any(String), expiresIn: 600 });
    const { searchParams } = new URL(json.url);
    expect(searchParams.get('state')).toBe(json.state);
    expect(await test.browser.cookie('browser')).toMatch(/^[\w-]{43}$/);
  });

  it.each(['/api/v1/auth', '/auth'])(
    'sends the parameters that it intercepted to %s, and gets tokens',
    async (prefix) => {
      const answer = test.acme.authorize((await begin()).json.url);
      const deviceInfo = { installationId: 'install-1' };
      const { status, json } = await finish({ ...answer, deviceInfo }, { prefix });
      expect(status).toBe(200);
      expect(json).toMatchObject({
        tokenType: 'Bearer',
        accessToken: expect.any(String),
        refreshToken: expect.any(String),
        connectUrl: 'wss://id.example.test/connect',
      });
      expect(test.identities()).toMatchObject([{ accountId: json.accountId }]);
      expect(test.backend.user.opened.at(-1)).toMatchObject({
        device: deviceInfo,
        grant: { amr: ['fed'] },
      });
      expect(await test.session()).toBeUndefined();
    },
  );

  it('gets its tokens also if the browser follows the redirect', async () => {
    const answer = test.acme.authorize((await begin()).json.url);
    const response = await test.browser.fetch(callbackOf('acme', answer));
    expect(await response.json()).toMatchObject({ tokenType: 'Bearer' });
  });

  it.each([
    ['another browser', () => ({ browser: test.anotherBrowser() }), {}],
    ['another provider', () => ({ provider: 'other' }), {}],
    ['another state', () => ({}), { state: 'AAAA' }],
  ])('gets no tokens in %s', async (_, where, changes) => {
    const answer = test.acme.authorize((await begin()).json.url);
    const { status, json } = await finish({ ...answer, ...changes }, where());
    expect([status, json.code]).toEqual([400, 'SOCIAL_STATE_INVALID']);
    expect(test.acme.tokenRequests).toEqual([]);
  });

  it('gets tokens once for a state', async () => {
    const answer = test.acme.authorize((await begin()).json.url);
    expect((await finish(answer)).status).toBe(200);
    expect((await finish(answer)).json.code).toBe('SOCIAL_STATE_INVALID');
  });

  it('cannot finish a sign-in that a page began', async () => {
    const response = await test.browser.fetch('/sign-in/acme');
    const answer = test.acme.authorize(response.headers.get('location') ?? '');
    expect((await finish(answer)).json.code).toBe('SOCIAL_STATE_INVALID');
  });

  it('sends the iss, which is checked (RFC 9207 §2.4)', async () => {
    const answer = test.acme.authorize((await begin()).json.url);
    const { status, json } = await finish({ ...answer, iss: OTHER });
    expect([status, json.code]).toEqual([401, 'SOCIAL_SIGN_IN_FAILED']);
    expect(JSON.stringify(json)).not.toContain('iss:');
  });

  it('learns that the provider does not answer', async () => {
    const answer = test.acme.authorize((await begin()).json.url);
    test.acme.bends = { tokenResponse: () => new Response(null, { status: 503 }) };
    const { status, json } = await finish(answer);
    expect([status, json.code]).toEqual([502, 'SOCIAL_PROVIDER_UNAVAILABLE']);
  });

  it('learns that the user denied', async () => {
    const { state } = test.acme.authorize((await begin()).json.url);
    const response = await test.browser.fetch(
      callbackOf('acme', { state, error: 'access_denied' }),
    );
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: 'SOCIAL_SIGN_IN_FAILED' });
  });

  it('is refused an e-mail of an account until its owner signs in', async () => {
    test.other.bends = { claims: VERIFIED };
    const answer = test.other.authorize((await begin('other')).json.url);
    const { status, json } = await finish(answer, { provider: 'other' });
    expect([status, json.code]).toEqual([409, 'ACCOUNT_LINK_REQUIRED']);
    expect(test.identities()).toEqual([]);
  });

  it('may send an e-mail where the provider tells none, and it counts as unverified', async () => {
    test.verifyEmail();
    test.acme.bends = {};
    const again = async () => test.acme.authorize((await begin()).json.url);
    expect((await finish(await again())).json.code).toBe('ACCOUNT_EMAIL_REQUIRED');
    const taken = await finish({ ...(await again()), email: ADA.email });
    expect(taken.json.code).toBe('ACCOUNT_LINK_REQUIRED');
    const { json } = await finish({ ...(await again()), email: 'mine@example.test' });
    expect(test.identities()).toMatchObject([{ accountId: json.accountId, emailVerified: false }]);
  });

  it('cannot replace the e-mail that the provider tells', async () => {
    const answer = test.acme.authorize((await begin()).json.url);
    await finish({ ...answer, email: 'mine@example.test' });
    expect(test.identities()).toMatchObject([{ email: 'zoe@example.test' }]);
  });

  it('gets no tokens for a disabled account', async () => {
    const first = await finish(test.acme.authorize((await begin()).json.url));
    const stored = test.backend.accounts.stored.get(first.json.accountId);
    if (stored !== undefined) stored.account = { ...stored.account, status: 'disabled' };
    const again = await finish(test.acme.authorize((await begin()).json.url));
    expect([again.status, again.json.code]).toEqual([401, 'SOCIAL_SIGN_IN_FAILED']);
  });

  it('learns that a provider is unknown', async () => {
    expect(await begin('nobody')).toMatchObject({
      status: 404,
      json: { code: 'SOCIAL_PROVIDER_UNKNOWN' },
    });
    const { json } = await finish({ code: 'x', state: 'y' }, { provider: 'nobody' });
    expect(json.code).toBe('SOCIAL_PROVIDER_UNKNOWN');
  });

  it.each([['users'], ['database'], ['ttlStore']] as const)(
    'is asked to wait while %s fail',
    async (part) => {
      const answer = test.acme.authorize((await begin()).json.url);
      test.backend.down.add(part);
      const { status, json } = await finish(answer);
      expect([status, json.code]).toEqual([503, 'SERVICE_UNAVAILABLE']);
    },
  );
});
