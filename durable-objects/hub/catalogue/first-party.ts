import type { OpenApiDocument } from '../../../shared/contracts/http/worker-rpc.ts';
import { type Offer, readEndpoints } from '../../../shared/openapi/read-endpoints.ts';
import { asksForBearer } from '../../../shared/openapi/security.ts';
import { type Endpoint, ofService } from './endpoint.ts';

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
