import type { RegistryRpc } from '../../../shared/contracts/connect/registry-rpc.ts';
import type { IdentityRpc } from '../../../shared/contracts/identity/identity-rpc.ts';
import { type Endpoint, remoteEndpoints } from './endpoint.ts';
import { firstPartyEndpoints } from './first-party.ts';
import { HUB_ENDPOINTS } from './hub-endpoints.ts';

export type EndpointSources = {
  readonly identity: Pick<IdentityRpc, 'describe'>;
  readonly registry: () => Pick<RegistryRpc, 'services'>;
};

/**
 * Reads what can be called: of our own Workers, of registered services, and of the hub itself.
 *
 * @throws If one of them cannot be read.
 */
export async function readEndpoints({
  identity,
  registry,
}: EndpointSources): Promise<readonly Endpoint[]> {
  const [document, { services }] = await Promise.all([identity.describe(), registry().services()]);
  return [
    ...firstPartyEndpoints('identity', document),
    ...services.flatMap(remoteEndpoints),
    ...HUB_ENDPOINTS,
  ];
}
