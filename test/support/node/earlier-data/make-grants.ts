import { decodeJwt, exportJWK, generateKeyPair, type JWK } from 'jose';

import { ApiClient } from '../api-client.ts';
import { ExternalRedirect, UserAgent } from '../user-agent.ts';
import { grantIn, postForm, REDIRECT, redemption, renewal, requestCode } from './code-flow.ts';
import type { Account, Client, GrantHoldings } from './holdings.ts';
import { expectStatus, type Target } from './make-accounts.ts';
import { postWithProof } from './proof.ts';

const CODE_FLOW = {
  redirect_uris: [REDIRECT],
  grant_types: ['authorization_code', 'refresh_token'],
  scope: 'openid profile email offline_access',
};

/** Registers clients of several kinds, which Ada allows in her browser. */
export async function makeGrants(target: Target, ada: Account): Promise<GrantHoldings> {
  const agent = await signedInBrowser(target, ada);
  const shop = await makeShop(target, agent);
  const app = await makeApp(target, agent);
  return {
    shop,
    app,
    service: await makeService(target),
    device: await makeDevice(target),
    ...(await makeSettings(target)),
    cookies: await agent.jar.getCookieString(agent.origin),
  };
}

async function signedInBrowser({ url, issuer }: Target, ada: Account): Promise<UserAgent> {
  const agent = new UserAgent(url, issuer);
  const page = await agent.open('/sign-in');
  const { email, password } = ada;
  const reached = await agent.press(page, 'Sign in', { email, password });
  if (reached instanceof ExternalRedirect || reached.title !== 'Your account') {
    throw new Error(`Cannot sign in: stopped at ${reached.url}`);
  }
  return agent;
}

/** Creates a client by the administrators' API. */
export async function createClient({ url, admin }: Target, metadata: object): Promise<Client> {
  const answer = new ApiClient(url).call('/api/v1/oauth/clients', {
    token: admin,
    body: { metadata },
  });
  const { clientId, clientSecret } = (await expectStatus(201, answer)).json as Client;
  return clientSecret === undefined ? { clientId } : { clientId, clientSecret };
}

async function makeShop(target: Target, agent: UserAgent): Promise<GrantHoldings['shop']> {
  const token = `${target.url}/oauth2/token`;
  const shop = await createClient(target, { ...CODE_FLOW, client_name: 'Shop' });
  const tokens = async () =>
    grantIn(await postForm(token, shop, redemption(await requestCode(agent, shop))));
  const first = await tokens();
  const second = grantIn(await postForm(token, shop, renewal(first.refreshToken)));
  const grant = grantIn(await postForm(token, shop, renewal(second.refreshToken)));
  const { accessToken } = await tokens();
  await postForm(`${target.url}/oauth2/revoke`, shop, { token: accessToken });
  const { code, verifier } = await requestCode(agent, shop);
  return {
    ...shop,
    // A refresh returns no ID token.
    grant: { ...grant, idToken: first.idToken },
    oldest: first.refreshToken,
    revokedAccessToken: accessToken,
    code: { code, verifier },
  };
}

async function makeApp(target: Target, agent: UserAgent): Promise<GrantHoldings['app']> {
  const registered = await register(target, {
    ...CODE_FLOW,
    client_name: 'App',
    token_endpoint_auth_method: 'none',
    subject_type: 'pairwise',
  });
  const app = { clientId: registered.client_id };
  const dpopKey = await newKey();
  const form = redemption(await requestCode(agent, app));
  const grant = grantIn(await postWithProof(target, app, form, dpopKey));
  return {
    ...app,
    grant,
    dpopKey,
    subject: decodeJwt(grant.idToken).sub ?? '',
    registrationUri: registered.registration_client_uri,
    registrationToken: registered.registration_access_token,
  };
}

type Registered = Readonly<
  Record<'client_id' | 'registration_client_uri' | 'registration_access_token', string>
>;

/** Registers a client without a token (RFC 7591), which development allows. */
async function register({ url }: Target, body: object): Promise<Registered> {
  const answer = new ApiClient(url).call('/oauth2/register', { body });
  return (await expectStatus(201, answer)).json as Registered;
}

async function newKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return exportJWK(privateKey);
}

async function publicSet(key: JWK): Promise<{ readonly keys: readonly JWK[] }> {
  const { d: _, ...jwk } = key;
  return { keys: [{ ...jwk, kid: 'the key', use: 'sig', alg: 'ES256' }] };
}

async function makeService(target: Target): Promise<GrantHoldings['service']> {
  const key = await newKey();
  const client = await createClient(target, {
    client_name: 'Service',
    redirect_uris: [],
    response_types: [],
    grant_types: ['client_credentials'],
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: await publicSet(key),
  });
  return { ...client, key };
}

async function makeDevice(target: Target): Promise<GrantHoldings['device']> {
  const { client_id: clientId } = await register(target, {
    client_name: 'Television',
    redirect_uris: [],
    response_types: [],
    token_endpoint_auth_method: 'none',
    grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
  });
  const path = `${target.url}/oauth2/device_authorization`;
  const { body } = await postForm(path, { clientId }, { scope: 'openid' });
  const { device_code: deviceCode = '', user_code: userCode = '' } = body;
  return { clientId, deviceCode, userCode };
}

/** Creates a resource, an initial access token and an assertion issuer. */
async function makeSettings({ url, admin }: Target) {
  const api = new ApiClient(url);
  const post = (path: string, body: object) =>
    expectStatus(201, api.call(`/api/v1/oauth/${path}`, { token: admin, body }));
  const resource = {
    resource: 'https://orders.example.test/',
    scopes: ['orders'],
    accessTokenSeconds: 600,
  };
  const assertionIssuer = 'https://partner.example.test';
  await post('resources', { ...resource, name: 'Orders' });
  const { json } = await post('initial-access-tokens', { label: 'build server', uses: 2 });
  await post('assertion-issuers', {
    issuer: assertionIssuer,
    name: 'Partner',
    jwks: await publicSet(await newKey()),
    subjectKind: 'email',
    clients: [],
    scopes: [],
  });
  return { resource, assertionIssuer, initialAccessToken: String(json.token) };
}
