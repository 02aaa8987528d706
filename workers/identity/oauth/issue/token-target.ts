import type { SigningAlgorithm } from '../../../../shared/contracts/keys/keys-rpc.ts';
import type { Client } from '../clients/client.ts';
import type { ResourceServices } from '../resources/check-resources.ts';
import type { Resource } from '../resources/resource-store.ts';

/** Whom an access token is for, and what follows from that. */
export type TokenTarget = {
  readonly audiences: readonly string[];
  readonly scopes: readonly string[];
  readonly alg: SigningAlgorithm;
  /** Seconds. */
  readonly lifetime: number;
};

/**
 * Applies what resource servers registered: the scopes that they know, how long tokens for them live,
 * and, where it is one server, how they are signed.
 *
 * @param resources - Checked. None: the token is for the deployment's own audience.
 */
export async function tokenTarget(
  client: Client,
  scopes: readonly string[],
  resources: readonly string[],
  services: ResourceServices,
): Promise<TokenTarget> {
  const { audience, limits } = services.config;
  const plain = { alg: client.accessTokenSigningAlg, lifetime: limits.accessSeconds };
  if (resources.length === 0) return { audiences: [audience], scopes, ...plain };
  const found = await Promise.all(
    resources.map((resource) => services.knownResources.find(resource)),
  );
  const known = found.filter((resource) => resource !== undefined);
  if (known.length === 0) return { audiences: resources, scopes, ...plain };
  return {
    audiences: resources,
    scopes: known.length === resources.length ? scopesFor(scopes, known) : scopes,
    alg: (resources.length === 1 ? known[0]?.accessTokenSigningAlg : null) ?? plain.alg,
    lifetime: Math.min(...known.map((one) => one.accessTokenSeconds ?? plain.lifetime)),
  };
}

/** A server that names no scopes takes all. */
function scopesFor(scopes: readonly string[], servers: readonly Resource[]): readonly string[] {
  if (servers.some((server) => server.scopes.length === 0)) return scopes;
  const known = new Set(servers.flatMap((server) => server.scopes));
  return scopes.filter((scope) => known.has(scope));
}
