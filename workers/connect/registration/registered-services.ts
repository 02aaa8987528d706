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
import type { IdentityRpc } from '../../../shared/contracts/identity/identity-rpc.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import { type FieldError, Problem } from '../../../shared/http/problem.ts';
import type { SafeFetch, SafeUrlPolicy } from '../../../shared/http/safe-fetch.ts';
import type { Result } from '../../../shared/result.ts';
import { quotaExceeded } from '../quota-exceeded.ts';
import { readEndpointsAt, readRegistration } from './read-registration.ts';
import type { ServiceBody, ServiceListSchema, ServiceSchema } from './service-schemas.ts';

export type RegistryNeeds = {
  /** Called for every request, because a stub is of no use once it has thrown. */
  readonly registry: () => RegistryRpc;
};

export type RegistrationNeeds = RegistryNeeds & {
  readonly config: SafeUrlPolicy & { readonly issuer: string; readonly audience: string };
  readonly fetchSafely: SafeFetch;
  readonly identity: Pick<IdentityRpc, 'takenAudiences'>;
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
  await requireFreeAudience(registration, needs);
  const added = await orUnavailable('the registry', () =>
    needs.registry().addService(registration),
  );
  if (!added.ok) throw refusal(added.error);
  await confirmAudience(registration, () => needs.registry().removeService(name, null), needs);
  return viewService({ ...registration, health: 'unknown' });
}

/** @throws {Problem} If the registration is not valid, or the registrar has no such service. */
export async function changeService(
  registrar: Registrar,
  name: string,
  body: ServiceBody,
  needs: RegistrationNeeds,
): Promise<ServiceView> {
  // This is checked before anything is fetched for them.
  const { health: _, owner: __, ...before } = await findRegistration(registrar, name, needs);
  const registration = await read(name, body, needs, before);
  await requireFreeAudience(registration, needs);
  const replaced = await replace(registrar, registration, needs);
  await confirmAudience(registration, () => restore(before, needs), needs);
  return replaced;
}

/**
 * Clients and resource servers have names of the same kind, and are stored elsewhere. A service's
 * audience is asked about before it is stored, and again after it: identity does the same the other
 * way, so that of two that take one name at once, one sees the other.
 *
 * @throws {Problem} `CONFLICT`, `SERVICE_UNAVAILABLE`
 */
async function requireFreeAudience(
  { audience }: Pick<ServiceRegistration, 'audience'>,
  { identity }: Pick<RegistrationNeeds, 'identity'>,
): Promise<void> {
  const taken = await orUnavailable('identity', async () => identity.takenAudiences([audience]));
  if (taken.length > 0) throw refusal('audience_taken');
}

/** A registration of an earlier version whose audience is not its own cannot be stored again. */
async function restore(before: Unowned, { registry }: RegistryNeeds): Promise<void> {
  const restored = await registry().replaceService(before, null);
  if (!restored.ok) await registry().removeService(before.name, null);
}

/** @throws {Problem} What {@link requireFreeAudience} does, after the registration was taken back. */
async function confirmAudience(
  registration: Pick<ServiceRegistration, 'audience'>,
  takeBack: () => Promise<unknown>,
  needs: Pick<RegistrationNeeds, 'identity'>,
): Promise<void> {
  try {
    await requireFreeAudience(registration, needs);
  } catch (error) {
    await orUnavailable('the registry', takeBack);
    throw error;
  }
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
  const { health: _, owner: __, ...service } = await findRegistration(registrar, name, needs);
  if (service.openapiUrl === null) {
    throw new Problem('CONFLICT', { detail: 'The service was registered without a URL to read' });
  }
  const found = readOrRefuse(await readEndpointsAt(service.openapiUrl, needs.fetchSafely));
  return replace(registrar, { ...service, ...found }, needs);
}

/** @throws {Problem} `NOT_FOUND`, `AUTHZ_DENIED` */
export const findService = async (
  registrar: Registrar,
  name: string,
  needs: RegistryNeeds,
): Promise<ServiceView> => viewService(await findRegistration(registrar, name, needs));

async function findRegistration(
  registrar: Registrar,
  name: string,
  { registry }: RegistryNeeds,
): Promise<RegisteredService> {
  const service = await orUnavailable('the registry', () => registry().service(name));
  if (service === undefined) throw refusal('unknown');
  if (!isTheirs(service, registrar)) throw refusal('not_yours');
  return service;
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
    services: theirs.map((service) => ({
      ...withDefaults(service),
      endpoints: service.endpoints.map(keyOf),
    })),
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
  before?: Unowned,
): Promise<Unowned> {
  const ownAudiences = [config.issuer, config.audience];
  const rules = { policy: config, ownAudiences, fetchSafely, before };
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
  ...withDefaults(service),
  endpoints: service.endpoints.map((endpoint) => ({
    ...endpoint,
    permission: viewPermission(endpoint.permission),
  })),
});

/** Registrations of earlier versions lack members. */
const withDefaults = ({
  clients = 'first_party',
  shortcuts = 'owner',
  ...service
}: RegisteredService) => ({
  ...service,
  clients,
  shortcuts: typeof shortcuts === 'string' ? shortcuts : [...shortcuts],
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
  audience_taken: () =>
    new Problem('CONFLICT', {
      detail: 'Another service, a client or a resource server has this audience',
    }),
  not_yours: () => new Problem('AUTHZ_DENIED', { detail: 'Somebody else registered this service' }),
  too_many_services: () => quotaExceeded('services'),
  too_many_of_owner: () => quotaExceeded('services_per_client'),
  too_large_of_owner: () => quotaExceeded('service_bytes_per_client'),
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
