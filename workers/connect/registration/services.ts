import type { ServiceRegistration } from '../../../shared/contracts/connect/registry-rpc.ts';
import type { Principal } from '../../../shared/contracts/edge/principal.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import { Problem } from '../../../shared/http/problem.ts';
import type { Services } from '../context.ts';
import { readAgain, readRegistration } from './read-registration.ts';
import { readOrRefuse, refusal } from './refusals.ts';
import type { ServiceBody } from './service-schemas.ts';
import { isTheirs, registrarOf, type ServiceView, viewService } from './service-view.ts';

type Unowned = Omit<ServiceRegistration, 'owner'>;

/** Who asks for what. */
export type Asking = { readonly services: Services; readonly principal: Principal };

/** @throws {Problem} What is wrong with it, or that there is one of that name. */
export async function registerService(
  { services, principal }: Asking,
  name: string,
  body: ServiceBody,
): Promise<ServiceView> {
  const registration = {
    ...(await read(services, name, body)),
    owner: registrarOf(principal),
  };
  const added = await orUnavailable('the registry', () =>
    services.registry().addService(registration),
  );
  if (!added.ok) throw refusal(added.error);
  return viewService({ ...registration, health: 'unknown' });
}

/** @throws {Problem} What is wrong with it, or that there is none that is theirs. */
export async function changeService(
  asking: Asking,
  name: string,
  body: ServiceBody,
): Promise<ServiceView> {
  // Asked before anything is fetched for them.
  await findService(asking, name);
  return replace(asking, await read(asking.services, name, body));
}

/** Reads the OpenAPI document of a service again. @throws {Problem} */
export async function importService(asking: Asking, name: string): Promise<ServiceView> {
  const { health: _, owner: __, ...service } = await findService(asking, name);
  if (service.openapiUrl === null) {
    throw new Problem('CONFLICT', { detail: 'The service was registered without a URL to read' });
  }
  const found = readOrRefuse(await readAgain(service.openapiUrl, asking.services.fetchSafely));
  return replace(asking, { ...service, ...found });
}

/** @throws {Problem} `NOT_FOUND`, `AUTHZ_DENIED` */
export async function findService(
  { services, principal }: Asking,
  name: string,
): Promise<ServiceView> {
  const service = await orUnavailable('the registry', () => services.registry().service(name));
  if (service === undefined) throw refusal('unknown');
  if (!isTheirs(service, principal)) throw refusal('not_yours');
  return viewService(service);
}

/** @throws {Problem} `NOT_FOUND`, `AUTHZ_DENIED` */
export async function removeService({ services, principal }: Asking, name: string): Promise<void> {
  const removed = await orUnavailable('the registry', () =>
    services.registry().removeService(name, registrarOf(principal)),
  );
  if (!removed.ok) throw refusal(removed.error);
}

async function read({ config, fetchSafely }: Services, name: string, body: ServiceBody) {
  const ownAudiences = [config.issuer, config.audience];
  const rules = { policy: config, ownAudiences, fetchSafely };
  return readOrRefuse(await readRegistration(name, body, rules));
}

async function replace(asking: Asking, registration: Unowned): Promise<ServiceView> {
  const { services, principal } = asking;
  const replaced = await orUnavailable('the registry', () =>
    services.registry().replaceService(registration, registrarOf(principal)),
  );
  if (!replaced.ok) throw refusal(replaced.error);
  return findService(asking, registration.name);
}
