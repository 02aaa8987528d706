/**
 * A peer's process: oidc-provider with its in-memory adapter. Writes its port to descriptor 3.
 *
 * @module
 */

import { writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const provider = new Provider('http://127.0.0.1', {
  clients: [
    {
      client_id: 'bench',
      client_secret: 'bench-secret',
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      token_endpoint_auth_method: 'client_secret_basic',
    },
  ],
  features: {
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    devInteractions: { enabled: false },
  },
  ttl: { ClientCredentials: 3_600 },
});

const server = createServer(provider.callback()).listen(0, '127.0.0.1', () => {
  writeSync(3, `${JSON.stringify(server.address())}\n`);
});
