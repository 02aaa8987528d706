import type { RegistryRpc } from '../../../shared/contracts/connect/registry-rpc.ts';
import type { OpenApiDocument } from '../../../shared/contracts/http/worker-rpc.ts';
import type { IdentityRpc } from '../../../shared/contracts/identity/identity-rpc.ts';
import { type Offer, readEndpoints } from '../../../shared/openapi/read-endpoints.ts';
import { asksForBearer } from '../../../shared/openapi/security.ts';
import { type CallableServicesNeeds, callableServices } from './callable-services.ts';
import { type Endpoint, EVERYBODY, ofService, remoteEndpoints } from './endpoint.ts';

export type EndpointSources = CallableServicesNeeds & {
  readonly identity: Pick<IdentityRpc, 'describe'>;
  readonly registry: () => Pick<RegistryRpc, 'services'>;
};

/**
 * Reads the endpoints of first-party Workers, of registered services and of the hub itself.
 *
 * @throws If a Worker or the registry cannot be read.
 */
export async function readAllEndpoints(sources: EndpointSources): Promise<readonly Endpoint[]> {
  const { identity, registry } = sources;
  const [document, { services }] = await Promise.all([identity.describe(), registry().services()]);
  const callable = await callableServices(services, sources);
  return [
    ...firstPartyEndpoints('identity', document),
    ...callable.flatMap(remoteEndpoints),
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

/** With it a client says that it no longer waits for a call [H30]. */
export const CANCEL: Endpoint = {
  service: 'connect',
  method: 'POST',
  path: '/connect/cancel',
  description: 'Cancels a call of this connection that is under way or queued',
  requestSchema: {
    type: 'object',
    properties: {
      messageId: {
        type: ['string', 'integer'],
        description: 'Of the call. In text decimal, or hexadecimal after 0x',
      },
    },
    required: ['messageId'],
  },
  responseSchema: {
    type: 'object',
    properties: { cancelled: { type: 'boolean' } },
    required: ['cancelled'],
  },
  needsBody: true,
  repeatable: true,
  permission: EVERYBODY,
};

/** With it a client says up to which event it has received its stream [H57]. */
export const ACKNOWLEDGE: Endpoint = {
  service: 'connect',
  method: 'POST',
  path: '/connect/ack',
  description: 'Says that every event up to a sequence has been taken',
  requestSchema: {
    type: 'object',
    properties: { sequence: { type: 'integer', minimum: 0 } },
    required: ['sequence'],
  },
  responseSchema: { type: 'object' },
  needsBody: true,
  repeatable: true,
  permission: EVERYBODY,
};

/** The endpoints that the hub itself answers. */
export const HUB_ENDPOINTS: readonly Endpoint[] = [
  {
    service: 'echo',
    method: 'POST',
    path: '/echo',
    description: 'Answers with the payload it was sent, and its binary flag',
    requestSchema: {},
    responseSchema: {},
    needsBody: false,
    repeatable: true,
    permission: EVERYBODY,
  },
  {
    service: 'connect',
    method: 'POST',
    path: '/connect/reauthenticate',
    description: 'Presents a new access token of the same session before the old one expires',
    requestSchema: {
      type: 'object',
      properties: { accessToken: { type: 'string' } },
      required: ['accessToken'],
    },
    responseSchema: {
      type: 'object',
      properties: { expiresAt: { type: 'integer', description: 'Seconds since the epoch' } },
      required: ['expiresAt'],
    },
    needsBody: true,
    repeatable: false,
    permission: EVERYBODY,
  },
  CANCEL,
  ACKNOWLEDGE,
];
