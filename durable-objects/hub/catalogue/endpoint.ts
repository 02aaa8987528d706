import type { Millis } from '../../../shared/clock.ts';
import type {
  Permission,
  RegisteredEndpoint,
  ServiceRegistration,
} from '../../../shared/contracts/connect/registry-rpc.ts';
import type { SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
import type { GuidText } from '../../../shared/hub-protocol/guid.ts';

/** Something a client can call through the hub. */
export type Endpoint = RegisteredEndpoint & {
  /** Which service answers: a first-party Worker, a registered one, or the hub's own. */
  readonly service: string;
  /** Whether running it twice does what running it once does. */
  readonly repeatable: boolean;
  /** Where a registered service is. Absent: a Worker of ours answers. */
  readonly remote?: Remote;
};

export type Remote = Pick<ServiceRegistration, 'baseUrl' | 'audience'>;

/** `METHOD:/path`, the endpoint's name within its service. */
export const endpointKey = ({ method, path }: Endpoint): string => `${method}:${path}`;

export const ofService =
  (service: string) =>
  (endpoint: RegisteredEndpoint): Endpoint => ({
    ...endpoint,
    service,
    repeatable: endpoint.method === 'GET',
  });

/** The endpoints of a registered service. */
export function remoteEndpoints(service: ServiceRegistration): readonly Endpoint[] {
  const remote = { baseUrl: service.baseUrl, audience: service.audience };
  return service.endpoints.map(ofService(service.name)).map((each) => ({ ...each, remote }));
}

/** What one session may call, by the GUID under which it calls it. */
export type EndpointMap = ReadonlyMap<GuidText, Endpoint>;

/** Of what every session may call. */
export const EVERYBODY: Permission = { roles: [], scopes: [] };

/** What of a principal decides what it may call. */
export type Caller = Pick<SessionPrincipal, 'clientId' | 'scopes' | 'roles'>;

/**
 * Whether a token may call what a permission is for.
 *
 * @param ownClientId The `client_id` of the deployment's own tokens.
 */
export function isPermitted(
  { roles, scopes, ownClient }: Permission,
  standing: Caller,
  ownClientId: string,
): boolean {
  const isOwn = standing.clientId === ownClientId;
  if (ownClient === 'required' && !isOwn) return false;
  if (roles.length > 0 && !roles.some((role) => standing.roles.includes(role))) return false;
  if (ownClient === 'suffices' && isOwn) return true;
  return scopes.every((scope) => standing.scopes.includes(scope));
}

/** What a meta request asks for, by channel. A channel without an entry means the first. */
const ASPECTS = [
  {
    metaType: 'endpoint-info',
    dataOf: ({ description, needsBody }: Endpoint): unknown => ({ description, needsBody }),
  },
  { metaType: 'request-schema', dataOf: ({ requestSchema }: Endpoint): unknown => requestSchema },
  {
    metaType: 'response-schema',
    dataOf: ({ responseSchema }: Endpoint): unknown => responseSchema,
  },
  {
    metaType: 'full-schema',
    dataOf: ({ description, needsBody, requestSchema, responseSchema }: Endpoint): unknown => ({
      description,
      needsBody,
      requestSchema,
      responseSchema,
    }),
  },
] as const;

/** Answers a meta request: what the endpoint is, without calling it. */
export function describeEndpoint(endpoint: Endpoint, channel: number, now: Millis): unknown {
  const { metaType, dataOf } = ASPECTS[channel] ?? ASPECTS[0];
  return {
    metaType,
    serviceName: endpoint.service,
    method: endpoint.method,
    path: endpoint.path,
    endpointKey: endpointKey(endpoint),
    data: dataOf(endpoint),
    generatedAt: new Date(now).toISOString(),
  };
}
