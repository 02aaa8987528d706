import type { Awaitable } from '../../../shared/awaitable.ts';
import { type Clock, type Millis, seconds } from '../../../shared/clock.ts';
import type { IdentityRpc } from '../../../shared/contracts/identity-rpc.ts';
import type { SessionPrincipal } from '../../../shared/contracts/principal.ts';
import type { RegistryRpc } from '../../../shared/contracts/registry-rpc.ts';
import { serviceGuid } from '../../../shared/hub-protocol/service-guid.ts';
import { type ConnectSalts, saltOf } from '../../../shared/tokens/connect-salts.ts';
import type { HubSettings } from '../hub-env.ts';
import {
  type Endpoint,
  type EndpointMap,
  endpointKey,
  HUB_ENDPOINTS,
  remoteEndpoints,
} from './endpoint.ts';
import { firstPartyEndpoints } from './first-party.ts';
import { isPermitted } from './permission.ts';

/** How old a catalogue may be when a connection opens. */
const CATALOGUE_AGE = seconds(60);

export type SessionEndpointsDeps = {
  readonly identity: Pick<IdentityRpc, 'describe'>;
  readonly registry: () => Pick<RegistryRpc, 'services'>;
  readonly settings: Pick<HubSettings, 'ownClientId'>;
  readonly salts: Promise<ConnectSalts>;
  /** Which salt the GUIDs of a session are under. */
  readonly saltIdOf: (sessionId: string) => string | undefined;
  readonly clock: Clock;
};

type Derived = { readonly saltId: string | undefined; readonly endpoints: EndpointMap };

type Catalogue = { readonly endpoints: readonly Endpoint[]; readonly readAt: Millis };

/**
 * What each session may call, by GUID.
 *
 * All of it can be computed again from the catalogue, the salt and the session id: what is held in
 * memory is a cache, and hibernation may drop it.
 */
export class SessionEndpoints {
  readonly #deps: SessionEndpointsDeps;
  readonly #maps = new Map<string, Derived>();
  /** What remains of them under the roles and scopes of a principal. */
  #permitted = new WeakMap<SessionPrincipal, EndpointMap>();
  #catalogue: Catalogue | undefined;
  #reading: Promise<Catalogue> | undefined;

  constructor(deps: SessionEndpointsDeps) {
    this.#deps = deps;
  }

  /**
   * What a session may call whose connection is open: at once, if it is in memory.
   *
   * @throws If the catalogue is not in memory and cannot be read. The next call tries again.
   */
  of(principal: SessionPrincipal): Awaitable<EndpointMap> {
    return this.#permitted.get(principal) ?? this.#permit(principal);
  }

  async #permit(principal: SessionPrincipal): Promise<EndpointMap> {
    const { sessionId } = principal;
    const all = await this.#all(sessionId, this.#deps.saltIdOf(sessionId));
    const permitted = this.#permittedOf(principal, all);
    if (this.#maps.get(sessionId)?.endpoints === all) this.#permitted.set(principal, permitted);
    return permitted;
  }

  #permittedOf(principal: SessionPrincipal, all: EndpointMap): EndpointMap {
    const { ownClientId } = this.#deps.settings;
    return new Map(
      [...all].filter(([, { permission }]) => isPermitted(permission, principal, ownClientId)),
    );
  }

  async #all(sessionId: string, saltId: string | undefined): Promise<EndpointMap> {
    const known = this.#maps.get(sessionId);
    if (known !== undefined && known.saltId === saltId) return known.endpoints;
    const catalogue = this.#catalogue ?? (await this.#read());
    const { guid } = saltOf(await this.#deps.salts, saltId);
    const endpoints = await deriveMap(catalogue.endpoints, guid, sessionId);
    if (this.#catalogue === catalogue) this.#maps.set(sessionId, { saltId, endpoints });
    return endpoints;
  }

  /**
   * What a session may call that connects now: from a catalogue that is not old. Until a new one
   * is read, open connections go on with the old one.
   *
   * @param saltId Of the salt that its GUIDs will be under.
   */
  async fresh(principal: SessionPrincipal, saltId: string): Promise<EndpointMap> {
    await this.#fresh();
    return this.#permittedOf(principal, await this.#all(principal.sessionId, saltId));
  }

  /** The endpoint of that name, if it may be called. Derives no GUID: the session may have no socket. */
  async named(
    principal: SessionPrincipal,
    { service, method, path }: Pick<Endpoint, 'service' | 'method' | 'path'>,
  ): Promise<Endpoint | undefined> {
    const { endpoints } = await this.#fresh();
    const named = endpoints.find(
      (each) => each.service === service && each.method === method && each.path === path,
    );
    const { ownClientId } = this.#deps.settings;
    return named && isPermitted(named.permission, principal, ownClientId) ? named : undefined;
  }

  forget(sessionId: string): void {
    this.#maps.delete(sessionId);
  }

  async #fresh(): Promise<Catalogue> {
    const known = this.#catalogue;
    const isFresh = this.#deps.clock() - (known?.readAt ?? 0) <= CATALOGUE_AGE;
    return known !== undefined && isFresh ? known : this.#read();
  }

  /** Reads the catalogue, once for all who ask at the same time. */
  async #read(): Promise<Catalogue> {
    this.#reading ??= this.#load().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #load(): Promise<Catalogue> {
    const { identity, registry, clock } = this.#deps;
    const readAt = clock();
    const [document, { services }] = await Promise.all([
      identity.describe(),
      registry().services(),
    ]);
    const endpoints = [
      ...firstPartyEndpoints('identity', document),
      ...services.flatMap(remoteEndpoints),
      ...HUB_ENDPOINTS,
    ];
    this.#catalogue = { endpoints, readAt };
    this.#maps.clear();
    this.#permitted = new WeakMap();
    return this.#catalogue;
  }
}

async function deriveMap(
  endpoints: readonly Endpoint[],
  salt: CryptoKey,
  sessionId: string,
): Promise<EndpointMap> {
  const entries = endpoints.map(async (endpoint) => {
    const name = { service: endpoint.service, endpoint: endpointKey(endpoint) };
    return [await serviceGuid(salt, name, sessionId), endpoint] as const;
  });
  return new Map(await Promise.all(entries));
}
