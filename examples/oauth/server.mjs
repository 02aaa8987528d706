/**
 * A web application on a server: it has a secret, pushes its authorization requests (PAR, RFC 9126), and
 * is notified when the user signs out elsewhere (Back-Channel Logout).
 */

import { createServer } from 'node:http';
import * as client from 'openid-client';
import { issuer, register } from './register.mjs';

const origin = `http://127.0.0.1:${process.env.PORT ?? 3000}`;
const redirect_uri = `${origin}/callback`;
const { client_id, client_secret } = await register({
  client_name: 'A web application',
  redirect_uris: [redirect_uri],
  post_logout_redirect_uris: [`${origin}/`],
  backchannel_logout_uri: `${origin}/signed-out`,
  require_pushed_authorization_requests: true,
  id_token_signed_response_alg: 'ES256',
});
const config = await client.discovery(issuer, client_id, client_secret, undefined, {
  execute: [client.allowInsecureRequests],
});

/** The example has one visitor. A real application stores both in the visitor's session. */
let pending;
let user;

const routes = {
  'GET /': (_request, response) => {
    response.end(
      user ? `Hello ${user.name ?? user.email ?? user.sub}` : 'Nobody is signed in. See /login',
    );
  },
  'GET /login': async (_request, response) => {
    const pkceCodeVerifier = client.randomPKCECodeVerifier();
    const expectedState = client.randomState();
    const expectedNonce = client.randomNonce();
    pending = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true };
    const url = await client.buildAuthorizationUrlWithPAR(config, {
      redirect_uri,
      scope: 'openid profile email',
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: expectedState,
      nonce: expectedNonce,
    });
    response.writeHead(303, { location: url.href }).end();
  },
  'GET /callback': async (request, response) => {
    const url = new URL(request.url, origin);
    const tokens = await client.authorizationCodeGrant(config, url, pending);
    const { sub } = tokens.claims();
    user = await client.fetchUserInfo(config, tokens.access_token, sub);
    console.log(`Signed in as ${user.email}`);
    response.writeHead(303, { location: '/' }).end();
  },
  'POST /signed-out': (_request, response) => {
    // A real application verifies the logout token, and ends the session of its `sid`.
    user = undefined;
    console.log('Signed out');
    response.writeHead(200).end();
  },
};

createServer((request, response) => {
  const [path] = request.url.split('?');
  const route = routes[`${request.method} ${path}`];
  if (route === undefined) response.writeHead(404).end();
  else Promise.resolve(route(request, response)).catch((error) => response.destroy(error));
}).listen(new URL(origin).port, '127.0.0.1', () => console.log(`Open ${origin}/login`));
