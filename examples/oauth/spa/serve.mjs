/** Serves the single-page app, into which it inserts the client id of the registration. */

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { issuer, register } from '../register.mjs';

const origin = `http://localhost:${process.env.PORT ?? 3001}`;
const { client_id } = await register({
  client_name: 'A single-page app',
  redirect_uris: [`${origin}/`],
  post_logout_redirect_uris: [`${origin}/`],
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
  id_token_signed_response_alg: 'ES256',
});

const here = import.meta.dirname;
const library = 'node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js';
const files = {
  '/': ['text/html', await readFile(`${here}/index.html`)],
  '/app.js': ['text/javascript', await readFile(`${here}/app.js`)],
  '/oidc-client-ts.js': ['text/javascript', await readFile(`${here}/../../../${library}`)],
  '/settings.json': ['application/json', JSON.stringify({ authority: issuer.origin, client_id })],
};

createServer((request, response) => {
  const [type, body] = files[request.url.split('?')[0]] ?? [];
  if (type === undefined) response.writeHead(404).end();
  else response.writeHead(200, { 'content-type': type }).end(body);
}).listen(new URL(origin).port, 'localhost', () => console.log(`Open ${origin}`));
