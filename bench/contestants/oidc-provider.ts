import type { RequestSource } from '../load/plan.ts';
import { rawRequest } from '../load/raw-request.ts';
import { clientCredentials } from './client-credentials.ts';
import type { Contestant } from './contestant.ts';
import { startNodePeer } from './node-peer.ts';

const PEER = new URL('../peers/oidc-provider.ts', import.meta.url);

const FORM = {
  authorization: `Basic ${btoa('bench:bench-secret')}`,
  'content-type': 'application/x-www-form-urlencoded',
};
const OPAQUE = 'grant_type=client_credentials';
const JWT = `${OPAQUE}&resource=https%3A%2F%2Fapi.example.com`;

/**
 * Measures client credentials with opaque tokens and with JWTs, and introspection (RFC 7662) of one
 * opaque token. The client authenticates with every request.
 */
export const oidcProvider: Contestant = async ({ pinning }) => {
  const { child, port } = await startNodePeer(pinning, PEER);
  const token = await clientCredentials(`http://127.0.0.1:${port}/token`, FORM.authorization);
  return {
    child,
    port,
    rows: [
      {
        key: 'oidc-provider',
        label: 'oidc-provider introspection, Node, in memory',
        source: post('/token/introspection', `token=${token}`),
        proof: '"active":true',
      },
      {
        key: 'oidc-provider-client-credentials',
        label: 'oidc-provider client_credentials, opaque, Node, in memory',
        source: post('/token', OPAQUE),
        proof: '"access_token":"',
      },
      {
        key: 'oidc-provider-client-credentials-jwt',
        label: 'oidc-provider client_credentials, ES256 JWT, Node, in memory',
        source: post('/token', JWT),
        proof: '"access_token":"eyJ',
      },
    ],
    stop: () => child.stop(),
  };
};

const post = (path: string, body: string): RequestSource => ({
  kind: 'rotate',
  requests: [rawRequest('POST', path, FORM, body)],
});
