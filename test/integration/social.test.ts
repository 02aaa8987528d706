import { decodeJwt } from 'jose';
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { ApiClient, aPerson } from '../support/node/api-client.ts';
import { ISSUER, startWorkers } from '../support/node/harness.ts';
import { type Recorded, startRecorded } from '../support/node/recorded-provider.ts';
import { StoredClients } from '../support/node/stored-clients.ts';
import { startUpstream, type Upstream } from '../support/node/upstream-provider.ts';
import { ExternalRedirect, type Page, UserAgent } from '../support/node/user-agent.ts';
import {
  DISCORD_TOKENS,
  DISCORD_USER,
  FACEBOOK_TOKENS,
  FACEBOOK_USER,
  GITHUB_EMAILS,
  GITHUB_TOKENS,
  GITHUB_USER,
  STEAM_ID,
  STEAM_PLAYERS,
  steamTicket,
} from '../support/provider-shapes.ts';

const CALLBACK = '/api/v1/auth/oauth';

let workers: Awaited<ReturnType<typeof startWorkers>>;
let upstream: Upstream;
let recorded: Recorded;
let api: ApiClient;

beforeAll(async () => {
  upstream = await startUpstream({
    redirectUri: `${ISSUER}${CALLBACK}/acme/callback`,
    clientId: 'sallyport-here',
    clientSecret: 'a secret: with + and %',
    claimsOf: (name) => ({ email: name, email_verified: true, name: `Name of ${name}` }),
  });
  recorded = await startRecorded({
    '/github/token': GITHUB_TOKENS,
    '/github/user': GITHUB_USER,
    '/github/user/emails': GITHUB_EMAILS,
    '/discord/token': DISCORD_TOKENS,
    '/discord/user': DISCORD_USER,
    '/facebook/token': FACEBOOK_TOKENS,
    '/facebook/user': FACEBOOK_USER,
    '/steam/ticket': steamTicket(),
    '/steam/players': STEAM_PLAYERS,
  });
  workers = await startWorkers({
    databaseProxy: inject('databaseProxy'),
    identity: { OUTBOUND_LOOPBACK: 'on', ...settings() },
  });
  api = new ApiClient(workers.url, { 'cf-connecting-ip': '203.0.113.7' });
});
afterAll(async () => {
  await workers[Symbol.asyncDispose]();
  await upstream.close();
  await recorded.close();
});

function settings() {
  const oauth2 = ['github', 'discord', 'facebook'].map((id) => ({
    id,
    clientId: `client-of-${id}`,
    authorizationEndpoint: `${recorded.url}/${id}/authorize`,
    tokenEndpoint: `${recorded.url}/${id}/token`,
    userEndpoint: `${recorded.url}/${id}/user`,
  }));
  const acme = { id: 'acme', kind: 'oidc', name: 'Acme', issuer: upstream.issuer };
  const steam = {
    id: 'steam',
    appId: 480,
    tokenEndpoint: `${recorded.url}/steam/ticket`,
    userEndpoint: `${recorded.url}/steam/players`,
  };
  return {
    SOCIAL_PROVIDERS: JSON.stringify([{ ...acme, clientId: 'sallyport-here' }, ...oauth2, steam]),
    SOCIAL_CLIENT_SECRETS: JSON.stringify({
      acme: 'a secret: with + and %',
      github: 'g',
      discord: 'd',
      facebook: 'f',
      steam: 'web-api-key',
    }),
  };
}

/** Replaces the issuer by the address at which the Workers listen. */
const here = (url: URL): string => `${workers.url}${url.pathname}${url.search}`;

async function begin(agent: UserAgent, provider: string): Promise<URL> {
  const reached = await agent.go(`/sign-in/${provider}`);
  if (reached instanceof ExternalRedirect) return reached.url;
  throw new Error(`Stopped at ${reached.url} (${reached.status})`);
}

const newAgent = () => new UserAgent(workers.url, ISSUER);

describe('an OpenID provider (oidc-provider)', () => {
  it('signs a user in at the pages, twice to one account', async () => {
    const name = aPerson().email;
    const accounts: string[] = [];
    for (const agent of [newAgent(), newAgent()]) {
      const back = await upstream.signIn(await begin(agent, 'acme'), name);
      expect(back.searchParams.get('iss')).toBe(upstream.issuer);
      const page = await agent.open(here(back));
      expect([page.status, page.title]).toEqual([200, 'Your account']);
      expect(page.text).toContain(`Acme: Name of ${name}`);
      accounts.push(page.text.includes(name) ? name : 'somebody else');
      expect((await agent.open(here(back))).status).toBe(400);
    }
    expect(accounts).toEqual([name, name]);
  });

  it('signs a user in for a client, which gets the method in its ID token', async () => {
    await using clients = await StoredClients.open(inject('databaseUrl'));
    const redirectUri = 'https://app.example.test/callback';
    const clientId = await clients.add(
      {
        redirect_uris: [redirectUri],
        grant_types: ['authorization_code'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
      },
      undefined,
      { skipConsent: true },
    );
    const verifier = oauth.generateRandomCodeVerifier();
    const query = new URLSearchParams({
      client_id: clientId,
      response_type: 'code',
      redirect_uri: redirectUri,
      scope: 'openid email',
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    const agent = newAgent();
    const page = await agent.open(`/oauth2/authorize?${query.toString()}`);
    const path = /href="(\/sign-in\/acme\?interaction=[^"]+)"/.exec(page.html)?.[1] ?? '';
    const away = await agent.go(path);
    if (!(away instanceof ExternalRedirect)) throw new Error(`Stopped at ${away.url}`);
    const name = aPerson().email;
    const reached = await agent.go(here(await upstream.signIn(away.url, name)));
    if (!(reached instanceof ExternalRedirect)) throw new Error(`Stopped at ${reached.url}`);
    expect(reached.url.origin + reached.url.pathname).toBe(redirectUri);
    const response = await fetch(`${workers.url}/oauth2/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        client_id: clientId,
        code: reached.url.searchParams.get('code') ?? '',
        redirect_uri: redirectUri,
        code_verifier: verifier,
      }),
    });
    const { id_token } = (await response.json()) as { id_token: string };
    expect(decodeJwt(id_token)).toMatchObject({ acr: 'urn:sallyport:acr:fed', amr: ['fed'] });
    const metadata = await api.call('/.well-known/openid-configuration');
    expect(metadata.json.acr_values_supported).toContain('urn:sallyport:acr:fed');
  });

  it('signs a user in by the API, which returns our tokens', async () => {
    const agent = newAgent();
    const begun = await agent.fetch('/api/v1/auth/oauth/acme/url');
    const { url, state } = (await begun.json()) as { url: string; state: string };
    const back = await upstream.signIn(url, aPerson().email);
    expect(back.searchParams.get('state')).toBe(state);
    const { code, iss } = Object.fromEntries(back.searchParams);
    const finish = (browser: UserAgent) =>
      browser.fetch('/auth/oauth/acme/callback', {
        method: 'POST',
        body: JSON.stringify({ code, state, iss }),
        headers: { 'content-type': 'application/json' },
      });
    expect((await finish(newAgent())).status).toBe(400);
    const reply = await finish(agent);
    expect(reply.status).toBe(200);
    const { accessToken } = (await reply.json()) as { accessToken: string };
    const validated = await api.validate(accessToken);
    expect(validated.status).toBe(200);
    expect((await finish(agent)).status).toBe(400);
  });

  it('is linked to an account only with its password, because the e-mail is not verified', async () => {
    const person = await api.register();
    const agent = newAgent();
    const back = await upstream.signIn(await begin(agent, 'acme'), person.email);
    const page = await agent.open(here(back));
    expect(page.text).toContain(`There is an account with the email ${person.email}`);
    const account = await agent.press(page, 'Sign in', {
      email: person.email,
      password: person.password,
    });
    expect(account).toMatchObject({ title: 'Your account' });
    expect((account as Page).text).toContain('Acme: Name of');

    const another = newAgent();
    const again = await upstream.signIn(await begin(another, 'acme'), person.email);
    expect((await another.open(here(again))).title).toBe('Your account');
  });

  it('leads two simultaneous callbacks of a new user to one account', async () => {
    const name = aPerson().email;
    const agents = [newAgent(), newAgent(), newAgent()];
    const backs = await Promise.all(
      agents.map(async (agent) => upstream.signIn(await begin(agent, 'acme'), name)),
    );
    const pages = await Promise.all(
      agents.map((agent, n) => agent.open(here(backs[n] ?? new URL(ISSUER)))),
    );
    expect(pages.map(({ title }) => title)).toEqual(Array(3).fill('Your account'));
    // Each lists the sessions of both, because they are of one account.
    const last = await agents[0]?.open('/account');
    expect(last?.html.match(/name="session_id"/g)).toHaveLength(2);
  });

  it('returns to the sign-in page when the user denies', async () => {
    const agent = newAgent();
    const url = await begin(agent, 'acme');
    const state = url.searchParams.get('state') ?? '';
    const query = new URLSearchParams({ state, error: 'access_denied', iss: upstream.issuer });
    const page = await agent.open(`${CALLBACK}/acme/callback?${query.toString()}`);
    expect(page.title).toBe('Sign in');
    expect(page.text).toContain('You did not sign in with Acme.');
  });
});

describe('a provider with another protocol', () => {
  it.each([
    ['github', 'The Octocat', 'octocat@example.test'],
    ['discord', 'Nelly the elephant', 'nelly@example.test'],
    ['facebook', 'Jane Doe', 'jane@example.test'],
  ])('%s signs a user in', async (id, name, email) => {
    const agent = newAgent();
    const url = await begin(agent, id);
    expect(url.searchParams.get('code_challenge_method')).toBe('S256');
    const state = url.searchParams.get('state') ?? '';
    const query = new URLSearchParams({ code: 'a-code', state });
    const page = await agent.open(`${CALLBACK}/${id}/callback?${query.toString()}`);
    expect(page.title).toBe('Your account');
    expect(page.text).toContain(name);
    expect(page.text).toContain(`${email} not verified`);
    const exchange = recorded.requests.find((one) => one.url.pathname === `/${id}/token`);
    expect(exchange).toMatchObject({ method: 'POST', headers: { accept: 'application/json' } });
    expect(Object.fromEntries(new URLSearchParams(exchange?.body))).toMatchObject({
      client_id: `client-of-${id}`,
      client_secret: id.charAt(0),
      redirect_uri: `${ISSUER}${CALLBACK}/${id}/callback`,
    });
    const profile = recorded.requests.find((one) => one.url.pathname === `/${id}/user`);
    expect(profile?.headers.authorization).toMatch(/^Bearer .+/);
  });

  it('Steam signs a player in by a ticket', async () => {
    const ticket = 'ab'.repeat(120);
    const first = await api.call('/auth/steam/verify', { body: { ticket } });
    expect([first.status, first.json.code]).toEqual([409, 'ACCOUNT_EMAIL_REQUIRED']);
    const { email } = aPerson();
    const created = await api.call('/auth/steam/verify', { body: { ticket, email } });
    expect(created.status).toBe(200);
    const again = await api.call('/auth/steam/verify', { body: { ticket } });
    expect(again.json.accountId).toBe(created.json.accountId);
    const request = recorded.requests.find((one) => one.url.pathname === '/steam/ticket');
    expect(request?.headers['x-webapi-key']).toBe('web-api-key');
    expect(request?.url.search).not.toContain('web-api-key');
    expect(STEAM_ID).toBe('76561197960287930');
  });
});
