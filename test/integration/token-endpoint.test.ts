import { createRemoteJWKSet, exportJWK, jwtVerify } from 'jose';
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { ApiClient } from '../support/node/api-client.ts';
import { ISSUER, startWorkers } from '../support/node/harness.ts';
import { StoredClients } from '../support/node/stored-clients.ts';

const SECRET = 'a secret: with %, + and ü';
const as: oauth.AuthorizationServer = { issuer: ISSUER, token_endpoint: `${ISSUER}/oauth2/token` };

let workers: Awaited<ReturnType<typeof startWorkers>>;
let clients: StoredClients;
beforeAll(async () => {
  workers = await startWorkers({ databaseProxy: inject('databaseProxy') });
  clients = await StoredClients.open(inject('databaseUrl'));
});
afterAll(async () => {
  await clients[Symbol.asyncDispose]();
  await workers[Symbol.asyncDispose]();
});

/** Replaces the issuer by the address at which the Workers listen. */
const options = {
  [oauth.allowInsecureRequests]: true,
  [oauth.customFetch]: (url: string, init: object) => fetch(url.replace(ISSUER, workers.url), init),
};

async function clientToken(
  client: oauth.Client,
  authentication: oauth.ClientAuth,
  more: { DPoP?: oauth.DPoPHandle; parameters?: Record<string, string> } = {},
) {
  const { parameters = {}, ...rest } = more;
  const response = await oauth.clientCredentialsGrantRequest(
    as,
    client,
    authentication,
    parameters,
    { ...options, ...rest },
  );
  return oauth.processClientCredentialsResponse(as, client, response);
}

const verify = (token: string) =>
  jwtVerify(token, createRemoteJWKSet(new URL(`${workers.url}/.well-known/jwks.json`)), {
    issuer: ISSUER,
    typ: 'at+jwt',
  });

const OWN = { grant_types: ['client_credentials'], scope: 'read write' };

describe('oauth4webapi at the token endpoint', () => {
  it.each([
    ['client_secret_basic', oauth.ClientSecretBasic(SECRET)],
    ['client_secret_post', oauth.ClientSecretPost(SECRET)],
  ])('authenticates by %s', async (method, authentication) => {
    const client_id = await clients.add({ ...OWN, token_endpoint_auth_method: method }, SECRET);
    const tokens = await clientToken({ client_id }, authentication);
    expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 900, scope: 'read write' });
    const { payload } = await verify(tokens.access_token);
    expect(payload).toMatchObject({ sub: client_id, client_id, aud: ISSUER, scope: 'read write' });
    expect(payload).not.toHaveProperty('sid');
  });

  it('authenticates by private_key_jwt, and gets a token signed with EdDSA', async () => {
    const { publicKey, privateKey } = await oauth.generateKeyPair('ES256');
    const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1' }] };
    const client_id = await clients.add({
      ...OWN,
      token_endpoint_auth_method: 'private_key_jwt',
      access_token_signing_alg: 'EdDSA',
      jwks,
    });
    const authentication = oauth.PrivateKeyJwt({ key: privateKey, kid: 'k1' });
    const tokens = await clientToken({ client_id }, authentication);
    const { protectedHeader } = await verify(tokens.access_token);
    expect(protectedHeader.alg).toBe('EdDSA');
    const stranger = await oauth.generateKeyPair('ES256');
    await expect(
      clientToken({ client_id }, oauth.PrivateKeyJwt({ key: stranger.privateKey, kid: 'k1' })),
    ).rejects.toMatchObject({ error: 'invalid_client', status: 401 });
  });

  it('gets the nonce and binds its token to its key (RFC 9449 §8)', async () => {
    const client_id = await clients.add(
      { ...OWN, token_endpoint_auth_method: 'client_secret_basic', dpop_bound_access_tokens: true },
      SECRET,
    );
    const DPoP = oauth.DPoP({}, await oauth.generateKeyPair('ES256'));
    const authentication = oauth.ClientSecretBasic(SECRET);
    const refusal = await clientToken({ client_id }, authentication, { DPoP }).catch(
      (error: unknown) => error,
    );
    expect(oauth.isDPoPNonceError(refusal)).toBe(true);
    const tokens = await clientToken({ client_id }, authentication, { DPoP });
    expect(tokens.token_type).toBe('dpop');
    const { payload } = await verify(tokens.access_token);
    expect(payload['cnf']).toEqual({ jkt: await DPoP.calculateThumbprint() });
  });

  it('gets the errors of RFC 6749 §5.2', async () => {
    const client_id = await clients.add(
      { ...OWN, token_endpoint_auth_method: 'client_secret_basic' },
      SECRET,
    );
    const right = oauth.ClientSecretBasic(SECRET);
    for (const [authentication, parameters, status, error] of [
      [oauth.ClientSecretBasic('wrong'), {}, 401, 'invalid_client'],
      [right, { scope: 'admin' }, 400, 'invalid_scope'],
      [right, { resource: 'https://unknown.example' }, 400, 'invalid_target'],
    ] as const) {
      const refused = clientToken({ client_id }, authentication, { parameters });
      if (status === 401) {
        await expect(refused).rejects.toBeInstanceOf(oauth.WWWAuthenticateChallengeError);
      } else await expect(refused).rejects.toMatchObject({ error, status });
    }
  });
});

it('finds the endpoint in /openapi.json', async () => {
  const { json } = await new ApiClient(workers.url).call('/openapi.json');
  expect(json.paths['/oauth2/token'].post.requestBody.content).toHaveProperty([
    'application/x-www-form-urlencoded',
  ]);
});
