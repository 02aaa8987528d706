/**
 * An endpoint that clients call through the hub, who may call it, and how a meta request describes it:
 * rules [H23] and [H7].
 *
 * @module
 */

import type { Millis } from '../../../shared/clock.ts';
import { isFirstParty, mayUseHub } from '../../../shared/contracts/connect/hub-access.ts';
import type {
  Permission,
  RegisteredEndpoint,
  ServiceRegistration,
} from '../../../shared/contracts/connect/registry-rpc.ts';
import type { SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
import type { GuidText } from '../../../shared/hub-protocol/guid.ts';

export type Endpoint = RegisteredEndpoint & {
  /** The service that answers: a first-party Worker, a registered service, `connect` or `echo`. */
  readonly service: string;
  /** Whether calling it twice has the same effect as calling it once. */
  readonly repeatable: boolean;
  /** Only first-party clients may call it: its service said neither who may nor that anybody may. */
  readonly firstPartyOnly?: true;
  /** Who registered its service, and who else may bind it. Absent for first-party services. */
  readonly lending?: Lending;
  /** The address of a registered service. Absent for first-party services. */
  readonly remote?: Remote;
};

/** To whom an endpoint is lent for shortcuts. */
export type Lending = Pick<ServiceRegistration, 'owner' | 'shortcuts'>;

export type Remote = Pick<ServiceRegistration, 'baseUrl' | 'audience'>;

/** What says who may call an endpoint. */
export type EndpointPermission = Pick<Endpoint, 'permission' | 'firstPartyOnly'>;

/** `METHOD:/path`, which names the endpoint within its service. */
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
  const lending = { owner: service.owner, shortcuts: service.shortcuts };
  const isOpen = service.clients === 'any';
  return service.endpoints.map(ofService(service.name)).map((each) => ({
    ...each,
    ...(isOpen || restrictsCaller(each.permission) ? {} : { firstPartyOnly: true as const }),
    lending,
    remote,
  }));
}

/** Whether a permission names anybody. `suffices` without scopes asks nothing of other clients. */
const restrictsCaller = ({ roles, scopes, ownClient }: Permission): boolean =>
  roles.length > 0 || scopes.length > 0 || ownClient === 'required';

/** The endpoints that one session may call, by the GUIDs that it was given for them. */
export type EndpointMap = ReadonlyMap<GuidText, Endpoint>;

/** The permission of endpoints that every session may call. */
export const EVERYBODY: Permission = { roles: [], scopes: [] };

/** The members of a principal that decide what it may call. */
export type Caller = Pick<SessionPrincipal, 'clientId' | 'firstParty' | 'scopes' | 'roles'>;

/**
 * Whether a caller may call an endpoint. A client that may not use the hub may call none.
 *
 * @param ownClientId The `client_id` of the deployment's own tokens.
 */
export function isPermitted(
  { permission, firstPartyOnly }: EndpointPermission,
  caller: Caller,
  ownClientId: string,
): boolean {
  if (!mayUseHub(caller, ownClientId)) return false;
  if (firstPartyOnly === true && !isFirstParty(caller, ownClientId)) return false;
  return hasPermission(permission, caller, ownClientId);
}

function hasPermission(
  { roles, scopes, ownClient }: Permission,
  caller: Caller,
  ownClientId: string,
): boolean {
  const isOwn = caller.clientId === ownClientId;
  if (ownClient === 'required' && !isOwn) return false;
  if (roles.length > 0 && !roles.some((role) => caller.roles.includes(role))) return false;
  if (ownClient === 'suffices' && isOwn) return true;
  return scopes.every((scope) => caller.scopes.includes(scope));
}

/** The parts of a description, by the channel of the meta request. Other channels mean the first. */
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

/** The answer to a meta request. It does not call the endpoint. */
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
