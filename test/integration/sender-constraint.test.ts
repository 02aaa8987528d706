import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { CERTIFICATE_DER } from '../support/certificates.ts';
import { ISSUER, startWorkers } from '../support/node/harness.ts';
import { StoredClients } from '../support/node/stored-clients.ts';

const SECRET = 'a secret';
const VALIDATE = new URL(`${ISSUER}/auth/token/validate`);
const as: oauth.AuthorizationServer = { issuer: ISSUER, token_endpoint: `${ISSUER}/oauth2/token` };
const CLIENT = {
  grant_types: ['client_credentials'],
  scope: 'read',
  token_endpoint_auth_method: 'client_secret_basic',
};

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

type More = { readonly DPoP?: oauth.DPoPHandle; readonly headers?: Record<string, string> };

const options = ({ headers = {}, ...rest }: More) => ({
  ...rest,
  [oauth.allowInsecureRequests]: true,
  [oauth.customFetch]: (url: string, init: { headers: Record<string, string> }) =>
    fetch(url.replace(ISSUER, workers.url), { ...init, headers: { ...init.headers, ...headers } }),
});

async function clientToken(clientId: string, more: More): Promise<string> {
  const client = { client_id: clientId };
  const authentication = oauth.ClientSecretBasic(SECRET);
  const ask = () =>
    oauth.clientCredentialsGrantRequest(as, client, authentication, {}, options(more));
  const read = async () => oauth.processClientCredentialsResponse(as, client, await ask());
  const tokens = await read().catch((error: unknown) => {
    if (oauth.isDPoPNonceError(error)) return read();
    throw error;
  });
  return tokens.access_token;
}

const present = (token: string, more: More = {}) =>
  oauth.protectedResourceRequest(token, 'GET', VALIDATE, undefined, null, options(more));

/** The challenge of a refusal. */
async function refusal(answer: Promise<unknown>): Promise<unknown> {
  const error = await answer.catch((caught: unknown) => caught);
  if (!(error instanceof oauth.WWWAuthenticateChallengeError)) return error;
  const [challenge] = error.cause;
  return [error.status, challenge?.scheme, challenge?.parameters.error];
}

describe('oauth4webapi at the edge', () => {
  it('is accepted with a token and a proof of its key only (RFC 9449 §7)', async () => {
    const pair = await oauth.generateKeyPair('ES256');
    const DPoP = oauth.DPoP({}, pair);
    const clientId = await clients.add({ ...CLIENT, dpop_bound_access_tokens: true }, SECRET);
    const token = await clientToken(clientId, { DPoP });
    for (let n = 0; n < 3; n += 1) {
      const { status, headers } = await present(token, { DPoP });
      expect([status, headers.get('x-auth-client-id')]).toEqual([200, clientId]);
    }
    expect(await refusal(present(token))).toEqual([401, 'dpop', 'invalid_token']);
    const thief = oauth.DPoP({}, await oauth.generateKeyPair('ES256'));
    expect(await refusal(present(token, { DPoP: thief }))).toEqual([401, 'dpop', 'invalid_token']);
    // The nonce that the refusal brings says when the proof was made, in place of a wrong clock.
    const late = oauth.DPoP({ [oauth.clockSkew]: -7_200 }, pair);
    expect(await refusal(present(token, { DPoP: late }))).toEqual([401, 'dpop', 'use_dpop_nonce']);
    expect((await present(token, { DPoP: late })).status).toBe(200);
  });

  it('gets the nonce from the edge (RFC 9449 §9)', async () => {
    const pair = await oauth.generateKeyPair('EdDSA');
    const clientId = await clients.add({ ...CLIENT, dpop_bound_access_tokens: true }, SECRET);
    const token = await clientToken(clientId, { DPoP: oauth.DPoP({}, pair) });
    const DPoP = oauth.DPoP({}, pair);
    const first = await present(token, { DPoP }).catch((caught: unknown) => caught);
    expect(oauth.isDPoPNonceError(first)).toBe(true);
    expect((await present(token, { DPoP })).status).toBe(200);
  });

  it('is accepted over the connection that its token is bound to (RFC 8705 §3)', async () => {
    const over = (certRFC9440: string) => ({
      headers: {
        'MF-CF-Blob': JSON.stringify({ tlsClientAuth: { certPresented: '1', certRFC9440 } }),
      },
    });
    const metadata = { ...CLIENT, tls_client_certificate_bound_access_tokens: true };
    const token = await clientToken(
      await clients.add(metadata, SECRET),
      over(`:${CERTIFICATE_DER}:`),
    );
    const { status } = await present(token, over(`:${CERTIFICATE_DER}:`));
    expect(status).toBe(200);
    for (const more of [{}, over(':AAAA:')]) {
      expect(await refusal(present(token, more))).toEqual([401, 'bearer', 'invalid_token']);
    }
  });
});
