import { utf8 } from '../../shared/bytes.ts';
import type {
  RegisteredService,
  Registrar,
  RegistryRefusal,
  ServiceHealth,
  ServiceRegistration,
} from '../../shared/contracts/connect/registry-rpc.ts';
import { audienceKey } from '../../shared/contracts/connect/service-audience.ts';
import { err, ok, type Result } from '../../shared/result.ts';

const MOST_SERVICES = 200;
const MOST_ENDPOINTS = 500;
/** Bytes of JSON. A row holds 2 MB, and a call between objects 32 MiB. */
const LARGEST_SERVICE = 1_024 ** 2;
const LARGEST_CATALOGUE = 16 * LARGEST_SERVICE;

/** Where the services live, as far as the rules need it. */
export type ServiceStore = {
  find(name: string): RegisteredService | undefined;
  count(): number;
  /** The audiences of all services but this one. */
  audiencesWithout(name: string): readonly string[];
  /** Bytes of the registrations of all services but this one. */
  sizeWithout(name: string): number;
  /** Registers, or registers anew, under the next version of the catalogue. */
  put(registration: ServiceRegistration): void;
  remove(name: string): void;
};

/** What is known of the health of a service. */
export type HealthRecord = { readonly health: ServiceHealth; readonly failures: number };

/** A service that is asked for its health. */
export type HealthTarget = HealthRecord & {
  readonly name: string;
  /** The version of the catalogue that brought it. */
  readonly version: number;
  readonly url: string;
};

/** A single failure may be an accident [RG6]. */
const UNHEALTHY_AFTER = 2;

export function judgeHealth({ health, failures }: HealthRecord, isUp: boolean): HealthRecord {
  if (isUp) return { health: 'healthy', failures: 0 };
  // Further failures change nothing, and would be written at every check.
  const count = Math.min(failures + 1, UNHEALTHY_AFTER);
  return { health: count === UNHEALTHY_AFTER ? 'unhealthy' : health, failures: count };
}

type Outcome = Result<undefined, RegistryRefusal>;

export function add(store: ServiceStore, registration: ServiceRegistration): Outcome {
  if (store.find(registration.name) !== undefined) return err('exists');
  if (store.count() >= MOST_SERVICES) return err('too_many_services');
  return put(store, registration);
}

export function replace(
  store: ServiceStore,
  registration: Omit<ServiceRegistration, 'owner'>,
  by: Registrar,
): Outcome {
  const found = findOwn(store, registration.name, by);
  return found.ok ? put(store, { ...registration, owner: found.value.owner }) : found;
}

export function remove(store: ServiceStore, name: string, by: Registrar): Outcome {
  const found = findOwn(store, name, by);
  if (!found.ok) return found;
  store.remove(name);
  return ok(undefined);
}

function findOwn(
  store: ServiceStore,
  name: string,
  by: Registrar,
): Result<RegisteredService, RegistryRefusal> {
  const service = store.find(name);
  if (service === undefined) return err('unknown');
  return by === null || by === service.owner ? ok(service) : err('not_yours');
}

/** Whether a service other than `name` has an audience [RG11]. */
export function isAudienceTaken(
  store: Pick<ServiceStore, 'audiencesWithout'>,
  audience: string,
  name = '',
): boolean {
  const key = audienceKey(audience);
  return store.audiencesWithout(name).some((other) => audienceKey(other) === key);
}

function put(store: ServiceStore, registration: ServiceRegistration): Outcome {
  if (isAudienceTaken(store, registration.audience, registration.name))
    return err('audience_taken');
  if (registration.endpoints.length > MOST_ENDPOINTS) return err('too_many_endpoints');
  const size = utf8(JSON.stringify(registration)).length;
  const isTooLarge =
    size > LARGEST_SERVICE || store.sizeWithout(registration.name) + size > LARGEST_CATALOGUE;
  if (isTooLarge) return err('too_large');
  store.put(registration);
  return ok(undefined);
}
