import { exportJWK } from 'jose';
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { ApiClient, aPerson } from '../support/node/api-client.ts';
import { ISSUER, startWorkers } from '../support/node/harness.ts';
import { StoredClients } from '../support/node/stored-clients.ts';
import { ExternalRedirect, Page, UserAgent } from '../support/node/user-agent.ts';

const REDIRECT_URI = 'https://app.example.test/callback';
const SECRET = 'a client secret';

let workers: Awaited<ReturnType<typeof startWorkers>>;
let clients: StoredClients;
let api: ApiClient;
beforeAll(async () => {
  workers = await startWorkers({ databaseProxy: inject('databaseProxy') });
  clients = await StoredClients.open(inject('databaseUrl'));
  api = new ApiClient(workers.url, { 'cf-connecting-ip': '203.0.113.7' });
});
afterAll(async () => {
  await clients[Symbol.asyncDispose]();
  await workers[Symbol.asyncDispose]();
});

/** A browser that addresses the issuer, although the Workers listen elsewhere. */
class Browser extends UserAgent {
  override fetch(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (headers.has('origin')) headers.set('origin', ISSUER);
    return super.fetch(url, { ...init, headers });
  }
}

const newBrowser = () => new Browser(workers.url);

const addClient = (more: object = {}) =>
  clients.add(
    {
      redirect_uris: [REDIRECT_URI],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_basic',
      ...more,
    },
    SECRET,
  );

const verifier = oauth.generateRandomCodeVerifier();

async function parametersFor(clientId: string, more: Record<string, string> = {}) {
  return new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    scope: 'openid profile email',
    state: 'a state',
    nonce: 'a nonce',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...more,
  });
}

const authorizePath = async (clientId: string, more: Record<string, string> = {}) =>
  `/oauth2/authorize?${(await parametersFor(clientId, more)).toString()}`;

function arrived(reached: Page | ExternalRedirect): URLSearchParams {
  if (reached instanceof ExternalRedirect) return reached.url.searchParams;
  throw new Error(`Stopped at ${reached.url.href} (${reached.status}): ${reached.text}`);
}

function shown(reached: Page | ExternalRedirect): Page {
  if (reached instanceof Page) return reached;
  throw new Error(`Left for ${reached.url.href}`);
}

async function signIn(browser: Browser, path: string, person = aPerson()) {
  await api.register(person);
  const page = await browser.open(path);
  expect(page.url.pathname).toBe('/sign-in');
  return shown(await browser.press(page, 'Sign in', person));
}

const redeem = (clientId: string, code: string, more: Record<string, string> = {}) =>
  fetch(`${workers.url}/oauth2/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${clientId}:${encodeURIComponent(SECRET)}`)}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: REDIRECT_URI,
      code_verifier: verifier,
      ...more,
    }),
  });

describe('the code flow', () => {
  it('asks for sign-in and consent the first time only', async () => {
    const clientId = await addClient();
    const browser = newBrowser();
    const consent = await signIn(browser, await authorizePath(clientId));
    expect(consent.url.pathname).toBe('/consent');
    const answer = arrived(await browser.press(consent, 'Allow'));
    expect(Object.fromEntries(answer)).toEqual({
      code: expect.stringMatching(/^sac_/),
      state: 'a state',
      iss: ISSUER,
    });

    const response = await redeem(clientId, answer.get('code') ?? '');
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      token_type: 'Bearer',
      scope: 'openid profile email',
      access_token: expect.any(String),
      id_token: expect.any(String),
    });

    const again = arrived(await browser.go(await authorizePath(clientId)));
    expect(again.get('code')).toMatch(/^sac_/);
    const silent = arrived(await browser.go(await authorizePath(clientId, { prompt: 'none' })));
    expect(silent.get('code')).toMatch(/^sac_/);
  });

  it('redeems a code once, and only with its verifier', async () => {
    const clientId = await addClient();
    const browser = newBrowser();
    const consent = await signIn(browser, await authorizePath(clientId));
    const code = arrived(await browser.press(consent, 'Allow')).get('code') ?? '';
    const other = { code_verifier: oauth.generateRandomCodeVerifier() };
    expect((await redeem(clientId, code, other)).status).toBe(400);
    const second = arrived(await browser.go(await authorizePath(clientId))).get('code') ?? '';
    expect((await redeem(clientId, second)).status).toBe(200);
    expect(await (await redeem(clientId, second)).json()).toMatchObject({ error: 'invalid_grant' });
  });

  it('returns access_denied to the client when the user denies', async () => {
    const clientId = await addClient();
    const browser = newBrowser();
    const consent = await signIn(browser, await authorizePath(clientId));
    const answer = arrived(await browser.press(consent, 'Deny'));
    expect(answer.get('error')).toBe('access_denied');
    expect(answer.get('state')).toBe('a state');
  });

  it('asks for sign-in again with prompt=login', async () => {
    const clientId = await addClient();
    const person = aPerson();
    const browser = newBrowser();
    const consent = await signIn(browser, await authorizePath(clientId), person);
    arrived(await browser.press(consent, 'Allow'));
    const page = await browser.open(await authorizePath(clientId, { prompt: 'login' }));
    expect(page.url.pathname).toBe('/sign-in');
    expect(arrived(await browser.press(page, 'Sign in', person)).get('code')).toMatch(/^sac_/);
  });

  it('offers a new account with prompt=create', async () => {
    const clientId = await addClient();
    const browser = newBrowser();
    const page = await browser.open(await authorizePath(clientId, { prompt: 'create' }));
    expect(page.url.pathname).toBe('/create-account');
    const consent = shown(await browser.press(page, 'Create account', aPerson()));
    expect(arrived(await browser.press(consent, 'Allow')).get('code')).toMatch(/^sac_/);
  });

  it('answers prompt=none with an error where nobody is signed in', async () => {
    const clientId = await addClient();
    const answer = arrived(
      await newBrowser().go(await authorizePath(clientId, { prompt: 'none' })),
    );
    expect(answer.get('error')).toBe('login_required');
  });

  it('accepts a request as a form (OpenID Connect Core §3.1.2.1)', async () => {
    const clientId = await addClient();
    const page = shown(
      await newBrowser().go('/oauth2/authorize', {
        method: 'POST',
        body: await parametersFor(clientId),
      }),
    );
    expect(page.url.pathname).toBe('/sign-in');
  });

  it('shows an error page where it must not redirect', async () => {
    const clientId = await addClient();
    const evil = { redirect_uri: 'https://evil.test/' };
    const page = shown(await newBrowser().go(await authorizePath(clientId, evil)));
    expect(page.status).toBe(400);
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    expect(page.text).toContain('redirect_uri is not registered');
  });

  it('posts the answer with form_post, signed with form_post.jwt', async () => {
    const clientId = await addClient();
    const browser = newBrowser();
    const more = { response_mode: 'form_post.jwt' };
    const consent = await signIn(browser, await authorizePath(clientId, more));
    const page = shown(await browser.press(consent, 'Allow'));
    const { action, method, fields } = page.form('Continue');
    expect([action, method, Object.keys(fields)]).toEqual([REDIRECT_URI, 'POST', ['response']]);

    const answer = await oauth.validateJwtAuthResponse(
      { issuer: ISSUER, jwks_uri: `${ISSUER}/.well-known/jwks.json` },
      { client_id: clientId },
      new URLSearchParams(fields),
      'a state',
      {
        [oauth.allowInsecureRequests]: true,
        [oauth.customFetch]: (url: string, init: object) =>
          fetch(url.replace(ISSUER, workers.url), init),
      },
    );
    expect(answer.get('code')).toMatch(/^sac_/);
  });
});

describe('oauth4webapi with our metadata', () => {
  const options = {
    [oauth.allowInsecureRequests]: true,
    [oauth.customFetch]: (url: string | URL, init: object) =>
      fetch(String(url).replace(ISSUER, workers.url), init),
  };

  const discover = async (algorithm: 'oidc' | 'oauth2') => {
    const issuer = new URL(ISSUER);
    const response = await oauth.discoveryRequest(issuer, { ...options, algorithm });
    expect(response.headers.get('cache-control')).toContain('public');
    return oauth.processDiscoveryResponse(issuer, response);
  };

  it('reads the OpenID and the OAuth document', async () => {
    const [oidc, oauth2] = [await discover('oidc'), await discover('oauth2')];
    expect(oidc).toEqual(oauth2);
  });

  it('pushes a signed request with a DPoP proof, and redeems the code', async () => {
    const keys = await oauth.generateKeyPair('ES256');
    const jwks = { keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'k1' }] };
    const key = { key: keys.privateKey, kid: 'k1' };
    const clientId = await addClient({
      token_endpoint_auth_method: 'private_key_jwt',
      dpop_bound_access_tokens: true,
      require_signed_request_object: true,
      require_pushed_authorization_requests: true,
      jwks,
    });
    const as = await discover('oauth2');
    const client = { client_id: clientId };
    const authentication = oauth.PrivateKeyJwt(key);
    const DPoP = oauth.DPoP({}, await oauth.generateKeyPair('ES256'));
    const request = await oauth.issueRequestObject(as, client, await parametersFor(clientId), key);
    const push = () =>
      oauth.pushedAuthorizationRequest(
        as,
        client,
        authentication,
        { request },
        { ...options, DPoP },
      );
    const first = await push();
    expect(first.status).toBe(400);
    await oauth.processPushedAuthorizationResponse(as, client, first).catch(() => undefined);
    const { request_uri: uri } = await oauth.processPushedAuthorizationResponse(
      as,
      client,
      await push(),
    );

    const browser = newBrowser();
    const query = new URLSearchParams({ client_id: clientId, request_uri: uri });
    const consent = await signIn(browser, `/oauth2/authorize?${query.toString()}`);
    const reached = await browser.press(consent, 'Allow');
    const answer = oauth.validateAuthResponse(as, client, arrived(reached), 'a state');
    const response = await oauth.authorizationCodeGrantRequest(
      as,
      client,
      authentication,
      answer,
      REDIRECT_URI,
      verifier,
      { ...options, DPoP },
    );
    const tokens = await oauth.processAuthorizationCodeResponse(as, client, response, {
      expectedNonce: 'a nonce',
      requireIdToken: true,
    });
    expect(tokens.token_type).toBe('dpop');
  });
});
