import type { z } from '@hono/zod-openapi';

import type {
  Permission,
  RegisteredEndpoint,
  RegisteredService,
  Registrar,
  RegistryRefusal,
  RegistryRpc,
  ServiceRegistration,
} from '../../../shared/contracts/connect/registry-rpc.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import { type FieldError, Problem } from '../../../shared/http/problem.ts';
import type { SafeFetch, SafeUrlPolicy } from '../../../shared/http/safe-fetch.ts';
import type { Result } from '../../../shared/result.ts';
import { readEndpointsAt, readRegistration } from './read-registration.ts';
import type { ServiceBody, ServiceListSchema, ServiceSchema } from './service-schemas.ts';

export type RegistryNeeds = {
  /** Called for every request, because a stub is of no use once it has thrown. */
  readonly registry: () => RegistryRpc;
};

export type RegistrationNeeds = RegistryNeeds & {
  readonly config: SafeUrlPolicy & { readonly issuer: string; readonly audience: string };
  readonly fetchSafely: SafeFetch;
};

type Unowned = Omit<ServiceRegistration, 'owner'>;

/** @throws {Problem} If the registration is not valid, or the name is taken. */
export async function registerService(
  registrar: Registrar,
  name: string,
  body: ServiceBody,
  needs: RegistrationNeeds,
): Promise<ServiceView> {
  const registration = { ...(await read(name, body, needs)), owner: registrar };
  const added = await orUnavailable('the registry', () =>
    needs.registry().addService(registration),
  );
  if (!added.ok) throw refusal(added.error);
  return viewService({ ...registration, health: 'unknown' });
}

/** @throws {Problem} If the registration is not valid, or the registrar has no such service. */
export async function changeService(
  registrar: Registrar,
  name: string,
  body: ServiceBody,
  needs: RegistrationNeeds,
): Promise<ServiceView> {
  // The owner is checked before anything is fetched.
  await findService(registrar, name, needs);
  return replace(registrar, await read(name, body, needs), needs);
}

/**
 * Reads the OpenAPI document of a service again.
 *
 * @throws {Problem} `NOT_FOUND`, `AUTHZ_DENIED`, `CONFLICT`, `VALIDATION_ERROR`
 */
export async function importService(
  registrar: Registrar,
  name: string,
  needs: RegistrationNeeds,
): Promise<ServiceView> {
  const { health: _, owner: __, ...service } = await findService(registrar, name, needs);
  if (service.openapiUrl === null) {
    throw new Problem('CONFLICT', { detail: 'The service was registered without a URL to read' });
  }
  const found = readOrRefuse(await readEndpointsAt(service.openapiUrl, needs.fetchSafely));
  return replace(registrar, { ...service, ...found }, needs);
}

/** @throws {Problem} `NOT_FOUND`, `AUTHZ_DENIED` */
export async function findService(
  registrar: Registrar,
  name: string,
  { registry }: RegistryNeeds,
): Promise<ServiceView> {
  const service = await orUnavailable('the registry', () => registry().service(name));
  if (service === undefined) throw refusal('unknown');
  if (!isTheirs(service, registrar)) throw refusal('not_yours');
  return viewService(service);
}

/** The services that the registrar may see: a client sees its own, and an administrator all. */
export async function listServices(
  registrar: Registrar,
  { registry }: RegistryNeeds,
): Promise<ServiceListView> {
  const { version, services } = await orUnavailable('the registry', () => registry().services());
  const theirs = services.filter((service) => isTheirs(service, registrar));
  return {
    version,
    services: theirs.map((service) => ({ ...service, endpoints: service.endpoints.map(keyOf) })),
  };
}

/** @throws {Problem} `NOT_FOUND`, `AUTHZ_DENIED` */
export async function removeService(
  registrar: Registrar,
  name: string,
  { registry }: RegistryNeeds,
): Promise<void> {
  const removed = await orUnavailable('the registry', () =>
    registry().removeService(name, registrar),
  );
  if (!removed.ok) throw refusal(removed.error);
}

async function read(
  name: string,
  body: ServiceBody,
  { config, fetchSafely }: Pick<RegistrationNeeds, 'config' | 'fetchSafely'>,
): Promise<Unowned> {
  const ownAudiences = [config.issuer, config.audience];
  const rules = { policy: config, ownAudiences, fetchSafely };
  return readOrRefuse(await readRegistration(name, body, rules));
}

async function replace(
  registrar: Registrar,
  registration: Unowned,
  needs: RegistryNeeds,
): Promise<ServiceView> {
  const replaced = await orUnavailable('the registry', () =>
    needs.registry().replaceService(registration, registrar),
  );
  if (!replaced.ok) throw refusal(replaced.error);
  return findService(registrar, registration.name, needs);
}

type ServiceView = z.infer<typeof ServiceSchema>;
type PermissionView = ServiceView['endpoints'][number]['permission'];
type ServiceListView = z.infer<typeof ServiceListSchema>;

/** Whether the registrar may see and change a registration. */
const isTheirs = ({ owner }: RegisteredService, registrar: Registrar): boolean =>
  registrar === null || registrar === owner;

const viewService = (service: RegisteredService): ServiceView => ({
  ...service,
  endpoints: service.endpoints.map((endpoint) => ({
    ...endpoint,
    permission: viewPermission(endpoint.permission),
  })),
});

export const viewPermission = ({ roles, scopes, ownClient }: Permission): PermissionView => ({
  roles: [...roles],
  scopes: [...scopes],
  ...(ownClient === undefined ? {} : { ownClient }),
});

const keyOf = ({ method, path }: RegisteredEndpoint): string => `${method}:${path}`;

const PROBLEMS: Readonly<Record<RegistryRefusal, () => Problem>> = {
  exists: () => new Problem('CONFLICT', { detail: 'There is a service of this name' }),
  unknown: () => new Problem('NOT_FOUND', { detail: 'There is no service of this name' }),
  not_yours: () => new Problem('AUTHZ_DENIED', { detail: 'Somebody else registered this service' }),
  too_many_services: () => new Problem('CONFLICT', { detail: 'There are 200 services' }),
  too_many_endpoints: () => invalid({ path: 'endpoints', message: 'There are more than 500' }),
  too_large: () => new Problem('PAYLOAD_TOO_LARGE', { detail: 'The schemas are too large' }),
};

const refusal = (reason: RegistryRefusal): Problem => PROBLEMS[reason]();

const invalid = (error: FieldError): Problem =>
  new Problem('VALIDATION_ERROR', { errors: [error] });

/** @throws {Problem} `VALIDATION_ERROR` */
function readOrRefuse<T>(read: Result<T, FieldError>): T {
  if (!read.ok) throw invalid(read.error);
  return read.value;
}
