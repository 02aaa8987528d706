import type { z } from '@hono/zod-openapi';
import type {
  Permission,
  RegisteredEndpoint,
  RegisteredService,
  Registrar,
} from '../../../shared/contracts/connect/registry-rpc.ts';
import type { Principal } from '../../../shared/contracts/edge/principal.ts';
import type { ServiceListSchema, ServiceSchema } from './service-schemas.ts';

export type ServiceView = z.infer<typeof ServiceSchema>;
type PermissionView = ServiceView['endpoints'][number]['permission'];
type ServiceListView = z.infer<typeof ServiceListSchema>;

/** In whose name somebody registers: an administrator's, or the client's own. */
export const registrarOf = ({ roles, clientId }: Principal): Registrar =>
  roles.includes('admin') ? null : clientId;

/** Whether somebody may see what a registration says. */
export function isTheirs({ owner }: RegisteredService, principal: Principal): boolean {
  const registrar = registrarOf(principal);
  return registrar === null || registrar === owner;
}

export const viewService = (service: RegisteredService): ServiceView => ({
  ...service,
  endpoints: service.endpoints.map((endpoint) => ({
    ...endpoint,
    permission: viewPermission(endpoint.permission),
  })),
});

export function viewServices(
  { version, services }: { version: number; services: readonly RegisteredService[] },
  principal: Principal,
): ServiceListView {
  const theirs = services.filter((service) => isTheirs(service, principal));
  return {
    version,
    services: theirs.map((service) => ({ ...service, endpoints: service.endpoints.map(keyOf) })),
  };
}

export const viewPermission = ({ roles, scopes, ownClient }: Permission): PermissionView => ({
  roles: [...roles],
  scopes: [...scopes],
  ...(ownClient === undefined ? {} : { ownClient }),
});

const keyOf = ({ method, path }: RegisteredEndpoint): string => `${method}:${path}`;
