/** A device without a browser: it shows a code, and waits until the user allows it elsewhere (RFC 8628). */

import * as client from 'openid-client';
import { issuer, register } from './register.mjs';

const { client_id } = await register({
  client_name: 'A television',
  grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
  response_types: [],
  redirect_uris: [],
  token_endpoint_auth_method: 'none',
  id_token_signed_response_alg: 'ES256',
});
const config = await client.discovery(issuer, client_id, undefined, client.None(), {
  execute: [client.allowInsecureRequests],
});

const started = await client.initiateDeviceAuthorization(config, { scope: 'openid profile' });
console.log(`Open ${started.verification_uri} and enter ${started.user_code}`);
console.log(`or open ${started.verification_uri_complete}`);

const tokens = await client.pollDeviceAuthorizationGrant(config, started);
const user = await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
console.log(`Signed in as ${user.name ?? user.email ?? user.sub}`);
