import { exportJWK, SignJWT } from 'jose';
import * as client from 'openid-client';
import { expect, it, onTestFinished } from 'vitest';

import {
  type Administered,
  asAdministrator,
  CONFIDENTIAL,
  createClient,
  REDIRECT,
} from '../support/node/administered.ts';
import { send } from '../support/node/oauth-requests.ts';
import { issuer, postJson } from '../support/node/provider.ts';
import { SignedIn } from '../support/node/signed-in.ts';

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const TYPE = 'urn:ietf:params:oauth:token-type:';
const ISSUERS = '/api/v1/oauth/assertion-issuers';

const discover = ({ clientId, clientSecret }: Administered) =>
  client.discovery(new URL(issuer()), clientId, clientSecret, undefined, {
    execute: [client.allowInsecureRequests],
  });

/** Creates a resource server for the deployment's own audience. */
const aResourceServer = () =>
  createClient(
    { ...CONFIDENTIAL, grant_types: [EXCHANGE], redirect_uris: [], response_types: [] },
    { resources: [issuer()], skipConsent: false },
  );

const aClient = () =>
  createClient({
    token_endpoint_auth_method: 'client_secret_post',
    grant_types: ['authorization_code', 'refresh_token', EXCHANGE],
    redirect_uris: [REDIRECT],
  });

/** The client of the token according to the edge, or the status with which the edge refuses it. */
async function atTheEdge(token: string): Promise<string | number> {
  const { status, headers } = await send('/auth/token/validate', {
    headers: { authorization: `Bearer ${token}` },
  });
  return status === 200 ? (headers.get('x-auth-client-id') ?? '') : status;
}

/** The edge learns within five seconds that a token has ended. */
const refusedSoon = (token: string) =>
  expect.poll(() => atTheEdge(token), { timeout: 15_000, interval: 200 }).toBe(401);

const exchange = (config: client.Configuration, more: Record<string, string>) =>
  client.genericGrantRequest(config, EXCHANGE, {
    subject_token_type: `${TYPE}access_token`,
    ...more,
  });

it('the metadata announces token exchange and jwt-bearer (RFC 8414 §2)', async () => {
  const metadata = (await discover(await aResourceServer())).serverMetadata();
  expect(metadata.grant_types_supported).toEqual(expect.arrayContaining([EXCHANGE, JWT_BEARER]));
});

it('a token exchange hands a user’s token to a resource server and names it as the actor (RFC 8693)', async () => {
  const someone = await SignedIn.create();
  const { access_token: subject_token } = await someone.tokens(await aClient());
  const [first, second] = [await aResourceServer(), await aResourceServer()];
  const [config, next] = [await discover(first), await discover(second)];
  const made = await exchange(config, { subject_token, resource: issuer(), scope: 'openid' });
  expect(made).toMatchObject({
    issued_token_type: `${TYPE}access_token`,
    token_type: 'bearer',
    scope: 'openid',
  });
  expect(made.refresh_token).toBeUndefined();
  expect(await atTheEdge(made.access_token)).toBe(first.clientId);

  const handedOn = await exchange(next, { subject_token: made.access_token });
  expect(await atTheEdge(handedOn.access_token)).toBe(second.clientId);
  expect(await client.tokenIntrospection(next, handedOn.access_token)).toMatchObject({
    active: true,
    sub: someone.person.accountId,
    client_id: second.clientId,
    act: { sub: second.clientId, act: { sub: first.clientId } },
  });

  await signOutEverywhere(someone);
  await Promise.all([refusedSoon(made.access_token), refusedSoon(handedOn.access_token)]);
  const seen = await client.tokenIntrospection(config, handedOn.access_token);
  expect(seen).toEqual({ active: false });
  await expect(exchange(config, { subject_token })).rejects.toMatchObject({
    error: 'invalid_request',
    status: 400,
  });
});

it('a token exchange makes an access token of an ID token while its user is signed in', async () => {
  const someone = await SignedIn.create();
  const app = await aClient();
  const { id_token: subject_token } = await someone.tokens(app);
  const config = await discover(app);
  const requested = { subject_token, subject_token_type: `${TYPE}id_token` };
  const made = await exchange(config, requested);
  expect(await atTheEdge(made.access_token)).toBe(app.clientId);
  const { sub } = await client.fetchUserInfo(config, made.access_token, client.skipSubjectCheck);
  expect(sub).toBe(someone.person.accountId);
  const stranger = await discover(await aClient());
  await expect(exchange(stranger, requested)).rejects.toMatchObject({ error: 'invalid_request' });
  await signOutEverywhere(someone);
  await refusedSoon(made.access_token);
  await expect(exchange(config, requested)).rejects.toMatchObject({ error: 'invalid_request' });
});

it('a token exchange binds the token to the DPoP key of the client that asks (RFC 9449)', async () => {
  const { access_token: subject_token } = await (await SignedIn.create()).tokens(await aClient());
  const config = await discover(await aResourceServer());
  const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair());
  const requested = { subject_token, subject_token_type: `${TYPE}jwt` };
  const made = await client.genericGrantRequest(config, EXCHANGE, requested, { DPoP });
  expect(made.token_type).toBe('dpop');
  const seen = await client.tokenIntrospection(config, made.access_token);
  expect(seen.cnf).toEqual({ jkt: await DPoP.calculateThumbprint() });
  const again = { subject_token: made.access_token };
  await expect(exchange(config, again)).rejects.toMatchObject({ error: 'invalid_request' });
});

it.each([
  [{ subject_token: 'x' }, 'invalid_request'],
  [{ scope: 'admin' }, 'invalid_scope'],
  [{ audience: 'https://elsewhere.example/' }, 'invalid_target'],
  [{ requested_token_type: `${TYPE}refresh_token` }, 'invalid_request'],
])('a token exchange with %j is refused with %s (RFC 8693 §2.2.2)', async (more, error) => {
  const { access_token: subject_token } = await (await SignedIn.create()).tokens(await aClient());
  const config = await discover(await aResourceServer());
  await expect(exchange(config, { subject_token, ...more })).rejects.toMatchObject({ error });
});

it('a trusted issuer’s assertion gets a token for a user (RFC 7523), who sees and ends the session', async () => {
  const someone = await SignedIn.create();
  const worker = await createClient({
    ...CONFIDENTIAL,
    grant_types: [JWT_BEARER],
    redirect_uris: [],
    response_types: [],
  });
  const { iss, assert } = await aTrustedIssuer([worker.clientId]);
  const config = await discover(worker);
  const assertion = await assert(someone.person.accountId);
  const made = await client.genericGrantRequest(config, JWT_BEARER, { assertion });
  expect([made.token_type, made.scope]).toEqual(['bearer', 'openid profile']);
  expect(await atTheEdge(made.access_token)).toBe(worker.clientId);
  for (const used of [assertion, await assert(crypto.randomUUID())]) {
    await expect(
      client.genericGrantRequest(config, JWT_BEARER, { assertion: used }),
    ).rejects.toMatchObject({ error: 'invalid_grant', status: 400 });
  }

  const bearer = { authorization: `Bearer ${await clientToken(someone)}` };
  const { body } = await send('/api/v1/sessions', { headers: bearer });
  expect(body['sessions']).toContainEqual(expect.objectContaining({ clientId: worker.clientId }));
  await signOutEverywhere(someone);
  await refusedSoon(made.access_token);

  const headers = await asAdministrator();
  await send(`${ISSUERS}?issuer=${encodeURIComponent(iss)}`, { method: 'DELETE', headers });
  const late = { assertion: await assert(someone.person.accountId) };
  await expect(client.genericGrantRequest(config, JWT_BEARER, late)).rejects.toMatchObject({
    error: 'invalid_grant',
  });
});

async function clientToken({ person }: SignedIn): Promise<string> {
  const { email, password } = person;
  const response = await postJson('/api/v1/auth/login', { email, password });
  const { accessToken } = (await response.json()) as { accessToken: string };
  return accessToken;
}

/** Ends every session but the one that asks. */
async function signOutEverywhere(someone: SignedIn): Promise<void> {
  const headers = { authorization: `Bearer ${await clientToken(someone)}` };
  const { status, text } = await send('/api/v1/sessions', { method: 'DELETE', headers });
  if (status >= 300) throw new Error(`${status} ${text}`);
}

/** Registers an assertion issuer, which is trusted until the test has finished. */
async function aTrustedIssuer(clients: readonly string[]) {
  const iss = `https://idp.example/${crypto.randomUUID()}`;
  const { publicKey, privateKey } = await client.randomDPoPKeyPair();
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1' }] };
  const scopes = ['openid', 'profile'];
  const body = { issuer: iss, name: 'IdP', jwks, subjectKind: 'account_id', clients, scopes };
  const headers = await asAdministrator();
  await postJson(ISSUERS, body, headers);
  onTestFinished(async () => {
    await send(`${ISSUERS}?issuer=${encodeURIComponent(iss)}`, { method: 'DELETE', headers });
  });
  const assert = (subject: string) =>
    new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .setIssuer(iss)
      .setSubject(subject)
      .setAudience(issuer())
      .setJti(crypto.randomUUID())
      .setIssuedAt()
      .setExpirationTime('2m')
      .sign(privateKey);
  return { iss, assert };
}
