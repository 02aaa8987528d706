/**
 * A peer's process: oidc-provider with its in-memory adapter. Access tokens are opaque, and ES256 JWTs
 * (RFC 9068) for the resource that a client may ask for. Writes its port to descriptor 3.
 *
 * @module
 */

import { writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import { Provider } from 'oidc-provider';

const { privateKey } = await generateKeyPair('ES256', { extractable: true });
const key = { ...(await exportJWK(privateKey)), kid: 'bench', alg: 'ES256', use: 'sig' };

const resource = {
  scope: 'profile',
  audience: 'https://api.example.com',
  accessTokenTTL: 3_600,
  accessTokenFormat: 'jwt',
  jwt: { sign: { alg: 'ES256' } },
};

const provider = new Provider('http://127.0.0.1', {
  clients: [
    {
      client_id: 'bench',
      client_secret: 'bench-secret',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      id_token_signed_response_alg: 'ES256',
      token_endpoint_auth_method: 'client_secret_basic',
    },
  ],
  features: {
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => undefined,
      getResourceServerInfo: () => resource,
    },
  },
  jwks: { keys: [key] },
  ttl: { ClientCredentials: 3_600 },
});

const server = createServer(provider.callback()).listen(0, '127.0.0.1', () => {
  writeSync(3, `${JSON.stringify(server.address())}\n`);
});
