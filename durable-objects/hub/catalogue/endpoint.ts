import type {
  RegisteredEndpoint,
  ServiceRegistration,
} from '../../../shared/contracts/connect/registry-rpc.ts';
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
