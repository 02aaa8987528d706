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

export const aRegistration = (change: Partial<ServiceRegistration> = {}): ServiceRegistration => ({
  name: 'chess',
  baseUrl: 'https://chess.example.test',
  audience: 'https://chess.example.test',
  healthPath: null,
  owner: null,
  openapiUrl: null,
  endpoints: [aRegisteredEndpoint()],
  ...change,
});
