import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import * as client from 'openid-client';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { ApiClient, type Tokens } from '../support/node/api-client.ts';
import { chromiumPath, launchChromium } from '../support/node/chromium.ts';
import { ISSUER, startWorkers } from '../support/node/harness.ts';
import { notRun } from '../support/node/not-run.ts';
import { agreed } from '../support/node/provider.ts';
import { RelyingParty } from '../support/node/relying-party.ts';
import { StoredClients } from '../support/node/stored-clients.ts';
import { ExternalRedirect } from '../support/node/user-agent.ts';
import { WorkersAgent } from '../support/node/workers-agent.ts';

const SECRET = 'a secret of 256 random bits';
const REDIRECT = 'https://client.example.test/callback';

let workers: Awaited<ReturnType<typeof startWorkers>>;
let clients: StoredClients;
let party: RelyingParty;
let api: ApiClient;

beforeAll(async () => {
  workers = await startWorkers({
    databaseProxy: inject('databaseProxy'),
    identity: { OUTBOUND_LOOPBACK: 'on' },
  });
  clients = await StoredClients.open(inject('databaseUrl'));
  party = await RelyingParty.listen();
  api = new ApiClient(workers.url);
});
afterAll(async () => {
  await party[Symbol.asyncDispose]();
  await clients[Symbol.asyncDispose]();
  await workers[Symbol.asyncDispose]();
});

/** Replaces the issuer by the address at which the Workers listen. */
const here = (url: string | URL): string => String(url).replace(ISSUER, workers.url);

async function aClient(metadata: Record<string, unknown> = {}): Promise<client.Configuration> {
  const id = await clients.add(
    {
      client_name: 'The Client',
      redirect_uris: [REDIRECT],
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      token_endpoint_auth_method: 'client_secret_post',
      id_token_signed_response_alg: 'ES256',
      ...metadata,
    },
    SECRET,
  );
  return client.discovery(new URL(ISSUER), id, { client_secret: SECRET, ...metadata }, undefined, {
    execute: [client.allowInsecureRequests],
    [client.customFetch]: (url, init) => fetch(here(url), init as RequestInit),
  });
}

type Person = Tokens & { readonly email: string; readonly password: string };
type SignedIn = { readonly agent: WorkersAgent; readonly person: Person };

const newcomer = async (): Promise<SignedIn> => ({
  agent: new WorkersAgent(workers.url),
  person: await api.register(),
});

/** Signs a user in to a client, in a browser in which they may be signed in already. */
async function signIn(
  config: client.Configuration,
  { agent, person }: SignedIn,
  scope = 'openid',
  DPoP?: client.DPoPHandle,
) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT,
    scope,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  });
  const callback = await agreed(agent, url, person);
  const checks = { pkceCodeVerifier };
  const bound = DPoP && { DPoP };
  const tokens = await client.authorizationCodeGrant(config, callback, checks, undefined, bound);
  return { ...tokens, idToken: tokens.id_token ?? '', claims: decodeJwt(tokens.id_token ?? '') };
}

const verify = (jwt: string, audience: string, typ: string) =>
  jwtVerify(jwt, createRemoteJWKSet(new URL(`${workers.url}/.well-known/jwks.json`)), {
    issuer: ISSUER,
    audience,
    typ,
  });
const idOf = (config: client.Configuration): string => config.clientMetadata().client_id;

describe('an administrator’s token for another client', () => {
  it('cannot administer keys, the hub or accounts', async () => {
    const someone = await newcomer();
    const database = new Client({ connectionString: inject('databaseUrl') });
    await database.connect();
    await database.query(`UPDATE identity.accounts SET roles = '{admin,user}' WHERE id = $1`, [
      someone.person.accountId,
    ]);
    await database.end();
    const config = await aClient({ scope: 'openid roles' });
    const { access_token: token } = await signIn(config, someone, 'openid roles');
    expect(decodeJwt(token)).toMatchObject({ roles: expect.arrayContaining(['admin']) });
    const paths = ['/api/v1/keys', '/api/v1/connect/connections?userId=u', '/api/v1/oauth/clients'];
    for (const path of paths) expect((await api.call(path, { token })).status).toBe(403);
    const rotated = await api.call('/api/v1/keys/rotate', { method: 'POST', token });
    expect(rotated.json.code).toBe('AUTHZ_DENIED');
  });
});

describe('openid-client with a token', () => {
  it('gets claims about the user, plain or signed', async () => {
    const someone = await newcomer();
    for (const metadata of [{}, { userinfo_signed_response_alg: 'RS256' }]) {
      const config = await aClient(metadata);
      const { access_token, claims } = await signIn(config, someone, 'openid email');
      const userinfo = await client.fetchUserInfo(config, access_token, claims.sub ?? '');
      expect(userinfo).toMatchObject({
        sub: someone.person.accountId,
        email: someone.person.email,
      });
    }
  });

  it('gets claims about the user with a proof of the token’s key (RFC 9449 §7)', async () => {
    const config = await aClient({ dpop_bound_access_tokens: true });
    const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair());
    const { access_token, claims } = await signIn(config, await newcomer(), 'openid', DPoP);
    const userinfo = await client.fetchUserInfo(config, access_token, claims.sub ?? '', { DPoP });
    expect(userinfo.sub).toBe(claims.sub);
    const introspection = await client.tokenIntrospection(config, access_token);
    expect(introspection).toMatchObject({
      token_type: 'DPoP',
      cnf: { jkt: await DPoP.calculateThumbprint() },
    });

    const address = `${workers.url}/oauth2/userinfo`;
    const headers = { authorization: `Bearer ${access_token}` };
    const body = new URLSearchParams({ access_token });
    for (const stolen of [
      await fetch(address, { headers }),
      await fetch(address, { method: 'POST', body }),
    ]) {
      expect(stolen.status).toBe(401);
      expect(stolen.headers.get('www-authenticate')).toMatch(
        /error="invalid_token".*resource_metadata="/,
      );
    }
  });

  it('gets claims about the user by a form (RFC 6750 §2.2)', async () => {
    const { access_token } = await signIn(await aClient(), await newcomer());
    const body = new URLSearchParams({ access_token });
    const response = await fetch(`${workers.url}/oauth2/userinfo`, { method: 'POST', body });
    expect([response.status, await response.json()]).toMatchObject([200, { sub: /.+/ }]);
  });

  it('introspects its own tokens and those of others', async () => {
    const [config, resourceServer] = [await aClient(), await aClient()];
    const tokens = await signIn(config, await newcomer(), 'openid offline_access');
    for (const token of [tokens.access_token, tokens.refresh_token ?? '']) {
      const own = await client.tokenIntrospection(config, token);
      expect(own).toMatchObject({ active: true, client_id: idOf(config), sub: tokens.claims.sub });
    }
    const shown = await client.tokenIntrospection(resourceServer, tokens.access_token);
    expect(shown).toMatchObject({ active: true, client_id: idOf(config) });
    expect(await client.tokenIntrospection(config, 'x')).toEqual({ active: false });
  });

  it('gets a signed introspection answer (RFC 9701)', async () => {
    const config = await aClient({ introspection_signed_response_alg: 'PS256' });
    const { access_token } = await client.clientCredentialsGrant(config);
    const response = await fetch(`${workers.url}/oauth2/introspect`, {
      method: 'POST',
      headers: { accept: 'application/token-introspection+jwt' },
      body: new URLSearchParams({
        client_id: idOf(config),
        client_secret: SECRET,
        token: access_token,
      }),
    });
    const { payload } = await verify(
      await response.text(),
      idOf(config),
      'token-introspection+jwt',
    );
    expect(payload['token_introspection']).toMatchObject({ active: true, sub: idOf(config) });
  });
});

describe('revocation', () => {
  it('of an access token takes effect at once here, and at the edge within five seconds', async () => {
    const config = await aClient();
    const tokens = await signIn(config, await newcomer(), 'openid offline_access');
    const { access_token } = tokens;
    expect((await client.tokenIntrospection(config, access_token)).active).toBe(true);
    expect((await api.validate(access_token)).status).toBe(200);
    await client.tokenRevocation(config, access_token);
    expect((await client.tokenIntrospection(config, access_token)).active).toBe(false);
    await expect
      .poll(async () => (await api.validate(access_token)).json.code, { timeout: 5_000 })
      .toBe('AUTH_TOKEN_REVOKED');
    await client.refreshTokenGrant(config, tokens.refresh_token ?? '');
  });

  it('of a refresh token ends the grant', async () => {
    const config = await aClient();
    const someone = await newcomer();
    const { refresh_token = '', access_token } = await signIn(config, someone);
    expect((await client.tokenIntrospection(config, access_token)).active).toBe(true);
    await client.tokenRevocation(config, refresh_token);
    expect((await client.tokenIntrospection(config, access_token)).active).toBe(false);
    await expect(client.refreshTokenGrant(config, refresh_token)).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    // The user is still signed in at the issuer.
    expect((await someone.agent.open('/account')).url.pathname).toBe('/account');
  });
});

describe('back-channel logout', () => {
  const logoutTokensAt = (path: string) =>
    party.at(path).map(({ form }) => form.get('logout_token') ?? '');

  it('reaches every client, and is repeated only where it failed', async () => {
    const someone = await newcomer();
    const [first, second] = [
      await aClient({ backchannel_logout_uri: `${party.origin}/first` }),
      await aClient({ backchannel_logout_uri: `${party.origin}/second` }),
    ];
    party.answers.set('/first', [503]);
    const { idToken, claims } = await signIn(first, someone);
    const other = await signIn(second, someone);
    expect(other.claims['sid']).toBe(claims['sid']);

    const query = new URLSearchParams({ id_token_hint: idToken });
    const reached = await someone.agent.open(`/oauth2/logout?${query.toString()}`);
    expect(reached.url.pathname).toBe('/signed-out');
    await expect.poll(() => logoutTokensAt('/first').length, { timeout: 10_000 }).toBe(2);
    expect(logoutTokensAt('/second')).toHaveLength(1);

    const { payload } = await verify(logoutTokensAt('/first')[1] ?? '', idOf(first), 'logout+jwt');
    expect(payload).toMatchObject({
      sub: claims.sub,
      sid: claims['sid'],
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    });
    expect(payload).not.toHaveProperty('nonce');
    await verify(logoutTokensAt('/second')[0] ?? '', idOf(second), 'logout+jwt');
    expect((await client.tokenIntrospection(first, other.access_token)).active).toBe(false);
  });

  it('follows a sign-out by the API, too', async () => {
    const someone = await newcomer();
    const config = await aClient({ backchannel_logout_uri: `${party.origin}/afar` });
    const { claims } = await signIn(config, someone);
    const { status } = await api.call(`/api/v1/sessions/${String(claims['sid'])}`, {
      method: 'DELETE',
      token: someone.person.accessToken,
    });
    expect(status).toBe(204);
    await expect.poll(() => logoutTokensAt('/afar').length, { timeout: 5_000 }).toBe(1);
    const { payload } = await verify(logoutTokensAt('/afar')[0] ?? '', idOf(config), 'logout+jwt');
    expect(payload['sid']).toBe(claims['sid']);
  });
});

describe('RP-initiated logout', () => {
  const AFTER = 'https://client.example.test/bye';

  it('returns to the client’s post-logout redirect URI', async () => {
    const someone = await newcomer();
    const config = await aClient({ post_logout_redirect_uris: [AFTER] });
    const { idToken } = await signIn(config, someone);
    const url = client.buildEndSessionUrl(config, {
      id_token_hint: idToken,
      post_logout_redirect_uri: AFTER,
      state: 'a state',
    });
    const reached = await someone.agent.go(url);
    expect(reached).toBeInstanceOf(ExternalRedirect);
    expect(reached.url.href).toBe(`${AFTER}?state=a%20state`);
    // The user is signed out in this browser.
    expect((await someone.agent.open('/account')).url.pathname).toBe('/sign-in');
  });

  it('asks the user for confirmation without an ID token', async () => {
    const someone = await newcomer();
    const config = await aClient({ post_logout_redirect_uris: [AFTER] });
    await signIn(config, someone);
    const query = { client_id: idOf(config), post_logout_redirect_uri: AFTER };
    const question = await someone.agent.open(client.buildEndSessionUrl(config, { ...query }));
    expect(question.text).toContain('The Client asks to sign you out');
    const reached = await someone.agent.press(question, 'Sign out');
    expect(reached.url.href).toBe(AFTER);
  });
});

const found = chromiumPath();
if (found === undefined) notRun('Chromium is not installed: front-channel logout in a browser');

describe.each(found === undefined ? [] : [found])('front-channel logout (%s)', (executablePath) => {
  it('loads each client’s page in the browser, and then redirects', async () => {
    const someone = await newcomer();
    const AFTER = `${party.origin}/bye`;
    const config = await aClient({
      frontchannel_logout_uri: `${party.origin}/front`,
      frontchannel_logout_session_required: true,
      post_logout_redirect_uris: [AFTER],
    });
    const { idToken, claims } = await signIn(config, someone);
    const browser = await launchChromium(executablePath);
    const context = await browser.newContext({ javaScriptEnabled: false });
    const cookies = await someone.agent.jar.getCookies(ISSUER);
    // Chromium sends secure cookies to loopback, but stores them only from an address with TLS.
    const url = workers.url.replace('http:', 'https:');
    await context.addCookies(
      cookies.map(({ key, value }) => ({ name: key, value, url, secure: true })),
    );
    const page = await context.newPage();
    const query = { id_token_hint: idToken, post_logout_redirect_uri: AFTER, state: 's' };
    await page.goto(here(client.buildEndSessionUrl(config, query)));
    await page.waitForURL(`${AFTER}?state=s`);
    expect(party.at('/front').map((one) => Object.fromEntries(one.query))).toEqual([
      { iss: ISSUER, sid: claims['sid'] },
    ]);
    await browser.close();
  });
});

it('the endpoints are described in /openapi.json', async () => {
  const { json } = await api.call('/openapi.json');
  expect(Object.keys(json.paths)).toEqual(
    expect.arrayContaining(['/oauth2/introspect', '/oauth2/revoke', '/oauth2/userinfo']),
  );
});
