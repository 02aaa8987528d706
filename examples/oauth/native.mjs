/**
 * A native app: it listens on a local port, opens the browser, and has a key that cannot be extracted.
 * Its tokens are valid only with that key (RFC 8252, RFC 9449).
 */

import { createServer } from 'node:http';
import * as client from 'openid-client';
import { issuer, register } from './register.mjs';

const { client_id } = await register({
  client_name: 'A native app',
  application_type: 'native',
  redirect_uris: ['http://127.0.0.1/callback'], // Any port is accepted (RFC 8252 §7.3).
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
  id_token_signed_response_alg: 'ES256',
});
const config = await client.discovery(issuer, client_id, undefined, client.None(), {
  execute: [client.allowInsecureRequests], // HTTP is allowed for a loopback issuer only.
});
const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'));

const server = createServer();
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const redirect_uri = `http://127.0.0.1:${server.address().port}/callback`;
const pkceCodeVerifier = client.randomPKCECodeVerifier();
const expectedState = client.randomState();
const url = client.buildAuthorizationUrl(config, {
  redirect_uri,
  scope: 'openid profile offline_access',
  code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  code_challenge_method: 'S256',
  state: expectedState,
});
console.log(`Open ${url}`);

const callback = await new Promise((arrived) => {
  server.on('request', (request, response) => {
    response.end('You can close this window.');
    arrived(new URL(request.url, redirect_uri));
  });
});
server.close();
server.closeAllConnections();

const checks = { pkceCodeVerifier, expectedState };
const tokens = await client.authorizationCodeGrant(config, callback, checks, undefined, { DPoP });
const { sub } = tokens.claims();
const user = await client.fetchUserInfo(config, tokens.access_token, sub, { DPoP });
console.log(`Signed in as ${user.name ?? user.email ?? sub} (${tokens.token_type})`);

const renewed = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP });
console.log(`Renewed; the next access token lives ${renewed.expires_in} s`);
