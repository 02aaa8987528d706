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

export const MOST_SERVICES = 200;
const MOST_ENDPOINTS = 500;
/** Bytes of JSON. A row holds 2 MB, and a call between objects 32 MiB. */
const LARGEST_SERVICE = 1_024 ** 2;
const LARGEST_CATALOGUE = 16 * LARGEST_SERVICE;

/**
 * What one client may have of what all share. Administrators have no budget: the catalogue is theirs to
 * fill.
 */
export type OwnerBudget = {
  readonly services: number;
  /** Of registrations. */
  readonly bytes: number;
};

/** The budget of a client that may register so many of the services: the same share of the bytes. */
export const budgetFor = (services: number): OwnerBudget => ({
  services,
  bytes: Math.max(LARGEST_SERVICE, Math.floor((LARGEST_CATALOGUE * services) / MOST_SERVICES)),
});

/** Where the services live, as far as the rules need it. */
export type ServiceStore = {
  find(name: string): RegisteredService | undefined;
  count(): number;
  /** How many services a client has. */
  countOf(owner: string): number;
  /** Bytes of the registrations of a client, but for this one. */
  sizeOf(owner: string, without: string): number;
  /** The audiences of all services but this one. */
  audiencesWithout(name: string): readonly string[];
  /** Bytes of the registrations of all services but this one. */
  sizeWithout(name: string): number;
  /** Stores a registration, under the next version of the catalogue. */
  put(registration: ServiceRegistration): void;
  remove(name: string): void;
};

/** The health of a service, with its failed checks in a row. */
export type HealthRecord = { readonly health: ServiceHealth; readonly failures: number };

/** A service whose health is checked. */
export type HealthTarget = HealthRecord & {
  readonly name: string;
  /** The version of the catalogue in which it was registered. */
  readonly version: number;
  readonly url: string;
};

/** A single failure may be an accident [RG6]. */
const UNHEALTHY_AFTER = 2;

export function judgeHealth({ health, failures }: HealthRecord, isUp: boolean): HealthRecord {
  if (isUp) return { health: 'healthy', failures: 0 };
  // Further failures are not counted, because each would cost a write and change nothing.
  const count = Math.min(failures + 1, UNHEALTHY_AFTER);
  return { health: count === UNHEALTHY_AFTER ? 'unhealthy' : health, failures: count };
}

type Outcome = Result<undefined, RegistryRefusal>;

export function add(
  store: ServiceStore,
  registration: ServiceRegistration,
  budget: OwnerBudget,
): Outcome {
  const { name, owner } = registration;
  if (store.find(name) !== undefined) return err('exists');
  if (store.count() >= MOST_SERVICES) return err('too_many_services');
  if (owner !== null && store.countOf(owner) >= budget.services) return err('too_many_of_owner');
  return put(store, registration, budget);
}

export function replace(
  store: ServiceStore,
  registration: Omit<ServiceRegistration, 'owner'>,
  by: Registrar,
  budget: OwnerBudget,
): Outcome {
  const found = findOwn(store, registration.name, by);
  return found.ok ? put(store, { ...registration, owner: found.value.owner }, budget) : found;
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

function put(store: ServiceStore, registration: ServiceRegistration, budget: OwnerBudget): Outcome {
  if (isAudienceTaken(store, registration.audience, registration.name))
    return err('audience_taken');
  if (registration.endpoints.length > MOST_ENDPOINTS) return err('too_many_endpoints');
  const { name, owner } = registration;
  const size = utf8(JSON.stringify(registration)).length;
  const isTooLarge = size > LARGEST_SERVICE || store.sizeWithout(name) + size > LARGEST_CATALOGUE;
  if (isTooLarge) return err('too_large');
  if (owner !== null && exceedsBudget(store, { owner, name, size }, budget)) {
    return err('too_large_of_owner');
  }
  store.put(registration);
  return ok(undefined);
}

type Sized = { readonly owner: string; readonly name: string; readonly size: number };

/** A client that exceeds its budget from before there was one may still shorten what it has. */
function exceedsBudget(store: ServiceStore, { owner, name, size }: Sized, { bytes }: OwnerBudget) {
  const others = store.sizeOf(owner, name);
  const before = store.sizeOf(owner, '') - others;
  return others + size > bytes && size > before;
}
