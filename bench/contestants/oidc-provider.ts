import { rawRequest } from '../load/request-queue.ts';
import type { Contestant } from './contestant.ts';
import { startNodePeer } from './node-peer.ts';

const PEER = new URL('../peers/oidc-provider.ts', import.meta.url);

const FORM = {
  authorization: `Basic ${btoa('bench:bench-secret')}`,
  'content-type': 'application/x-www-form-urlencoded',
};

/** Introspection (RFC 7662) of one opaque token, by a client that authenticates each time. */
export const oidcProvider: Contestant = async ({ pinning }) => {
  const { child, port } = await startNodePeer(pinning, PEER);
  const token = await clientCredentials(port);
  const introspect = rawRequest('POST', '/token/introspection', FORM, `token=${token}`);
  return {
    child,
    port,
    rows: [
      {
        key: 'oidc-provider',
        label: 'oidc-provider introspection, Node, in memory',
        source: { kind: 'rotate', requests: [introspect] },
        proof: '"active":true',
      },
    ],
    stop: () => child.stop(),
  };
};

async function clientCredentials(port: number): Promise<string> {
  const body = 'grant_type=client_credentials';
  const request = { method: 'POST', headers: FORM, body };
  const response = await fetch(`http://127.0.0.1:${port}/token`, request);
  const answer: unknown = await response.json();
  if (typeof answer === 'object' && answer !== null && 'access_token' in answer) {
    return String(answer.access_token);
  }
  throw new Error(`Cannot get a token of oidc-provider: status ${response.status}`);
}
