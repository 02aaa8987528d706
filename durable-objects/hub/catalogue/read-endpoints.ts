import type { RegistryRpc } from '../../../shared/contracts/connect/registry-rpc.ts';
import type {
  IdentityRpc,
  OpenApiDocument,
} from '../../../shared/contracts/identity/identity-rpc.ts';
import { type Offer, readEndpoints } from '../../../shared/openapi/read-endpoints.ts';
import { asksForBearer } from '../../../shared/openapi/security.ts';
import { type Endpoint, ofService, remoteEndpoints } from './endpoint.ts';
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
export async function readAllEndpoints({
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

/** One address for each endpoint: the short aliases are for people. */
const PREFIX = '/api/v1/';
/** What one does to get a token, or with a token that is not the socket's. */
const NOT_OVER_A_SOCKET = /^\/api\/v1\/auth\/(register|login|token)(\/|$)/;

/**
 * Lists what a client may call of a Worker of ours over its socket: operations that ask for a bearer
 * token, at paths without parameters.
 *
 * @throws {z.ZodError} If an operation is not what OpenAPI 3.1 says.
 */
export const firstPartyEndpoints = (
  service: string,
  document: OpenApiDocument,
): readonly Endpoint[] => readEndpoints(document, isOffered).map(ofService(service));

const isOffered = ({ path, operation, schemes }: Offer): boolean =>
  path.startsWith(PREFIX) && !NOT_OVER_A_SOCKET.test(path) && asksForBearer(operation, schemes);
