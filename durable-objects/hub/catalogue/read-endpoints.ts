import type { RegistryRpc } from '../../../shared/contracts/connect/registry-rpc.ts';
import type { OpenApiDocument } from '../../../shared/contracts/http/worker-rpc.ts';
import type { IdentityRpc } from '../../../shared/contracts/identity/identity-rpc.ts';
import { type Offer, readEndpoints } from '../../../shared/openapi/read-endpoints.ts';
import { asksForBearer } from '../../../shared/openapi/security.ts';
import { type Endpoint, ofService, remoteEndpoints } from './endpoint.ts';
import { HUB_ENDPOINTS } from './hub-endpoints.ts';

export type EndpointSources = {
  readonly identity: Pick<IdentityRpc, 'describe'>;
  readonly registry: () => Pick<RegistryRpc, 'services'>;
};

/**
 * Reads the endpoints of first-party Workers, of registered services and of the hub itself.
 *
 * @throws If a Worker or the registry cannot be read.
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

/** Endpoints also have short aliases. Only the path with this prefix is listed. */
const PREFIX = '/api/v1/';
/** These give out tokens, or take one that is not the socket's. */
const NOT_OVER_A_SOCKET = /^\/api\/v1\/auth\/(register|login|token)(\/|$)/;

/**
 * The operations of a first-party Worker that clients may call over a socket: those that take a
 * bearer token and have a path without parameters [H5].
 *
 * @throws {z.ZodError} If an operation is not what OpenAPI 3.1 says.
 */
export const firstPartyEndpoints = (
  service: string,
  document: OpenApiDocument,
): readonly Endpoint[] => readEndpoints(document, isOffered).map(ofService(service));

const isOffered = ({ path, operation, schemes }: Offer): boolean =>
  path.startsWith(PREFIX) && !NOT_OVER_A_SOCKET.test(path) && asksForBearer(operation, schemes);
