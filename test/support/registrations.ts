import type {
  RegisteredEndpoint,
  ServiceRegistration,
} from '../../shared/contracts/connect/registry-rpc.ts';

export const aRegisteredEndpoint = (
  change: Partial<RegisteredEndpoint> = {},
): RegisteredEndpoint => ({
  method: 'POST',
  path: '/moves',
  description: 'Makes a move',
  requestSchema: { type: 'object' },
  responseSchema: null,
  needsBody: true,
  permission: { roles: [], scopes: [] },
  ...change,
});

/** A service at an origin of its own, which is its audience. */
export const aRegistration = ({
  name = 'chess',
  ...change
}: Partial<ServiceRegistration> = {}): ServiceRegistration => ({
  name,
  baseUrl: `https://${name}.example.test`,
  audience: `https://${name}.example.test`,
  healthPath: null,
  owner: null,
  openapiUrl: null,
  endpoints: [aRegisteredEndpoint()],
  ...change,
});
