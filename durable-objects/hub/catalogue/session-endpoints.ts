import type { Awaitable } from '../../../shared/awaitable.ts';
import type { SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
import type { GuidText } from '../../../shared/hub-protocol/guid.ts';
import { serviceGuid } from '../../../shared/hub-protocol/session-guids.ts';
import { type ConnectSalts, saltOf } from '../../../shared/tokens/connect-salts.ts';
import type { Catalogue, EndpointList, Listing } from './catalogue.ts';
import type { CatalogueReader } from './catalogue-reader.ts';
import { type Endpoint, type EndpointMap, endpointKey } from './endpoint.ts';

export type SessionEndpointsDeps = {
  readonly catalogue: Pick<CatalogueReader, 'known' | 'current' | 'fresh'>;
  readonly salts: Promise<ConnectSalts>;
  /** Which salt the GUIDs of a session are under. */
  readonly saltIdOf: (sessionId: string) => string | undefined;
};

type Derived = {
  readonly saltId: string | undefined;
  readonly list: EndpointList;
  readonly endpoints: EndpointMap;
};

/** What a principal may call by a catalogue. */
type Permitted = { readonly catalogue: Catalogue; readonly endpoints: EndpointMap };

/**
 * What each session may call, by GUID.
 *
 * All of it can be computed again from the catalogue, the salt and the session id: what is held in
 * memory is a cache, and hibernation may drop it.
 */
export class SessionEndpoints {
  readonly #deps: SessionEndpointsDeps;
  /** By session. */
  readonly #derived = new Map<string, Derived>();
  readonly #permitted = new WeakMap<SessionPrincipal, Permitted>();

  constructor(deps: SessionEndpointsDeps) {
    this.#deps = deps;
  }

  /**
   * What a principal may call whose connection is open: at once, if it is in memory.
   *
   * @throws If the catalogue is not in memory and cannot be read. The next call tries again.
   */
  of(principal: SessionPrincipal): Awaitable<EndpointMap> {
    const known = this.#permitted.get(principal);
    return known !== undefined && known.catalogue === this.#deps.catalogue.known
      ? known.endpoints
      : this.#permit(principal);
  }

  /** The endpoints of a list, by the GUIDs that a session has for them. */
  async mapOf(
    sessionId: string,
    list: EndpointList,
    saltId: string | undefined,
  ): Promise<EndpointMap> {
    const known = this.#derived.get(sessionId);
    if (known?.saltId === saltId && known?.list === list) return known.endpoints;
    const guids = known?.saltId === saltId ? guidsOf(known?.endpoints) : new Map();
    const entries = list.endpoints.map(async (endpoint) => {
      const name = { service: endpoint.service, endpoint: endpointKey(endpoint) };
      const guid = guids.get(nameOf(name)) ?? this.guidOf(sessionId, name, saltId);
      return [await guid, endpoint] as const;
    });
    const endpoints = new Map(await Promise.all(entries));
    this.#derived.set(sessionId, { saltId, list, endpoints });
    return endpoints;
  }

  /** The GUID under which a session calls an endpoint, whether it may or not. */
  async guidOf(
    sessionId: string,
    name: Pick<Listing, 'service' | 'endpoint'>,
    saltId: string | undefined,
  ): Promise<GuidText> {
    const { guid } = saltOf(await this.#deps.salts, saltId);
    return serviceGuid(guid, name, sessionId);
  }

  /** The endpoint of that name, if it may be called. Derives no GUID: the session may have no socket. */
  async named(
    principal: SessionPrincipal,
    { service, method, path }: Pick<Endpoint, 'service' | 'method' | 'path'>,
  ): Promise<Endpoint | undefined> {
    const { endpoints } = (await this.#deps.catalogue.fresh()).listOf(principal);
    return endpoints.find(
      (each) => each.service === service && each.method === method && each.path === path,
    );
  }

  forget(sessionId: string): void {
    this.#derived.delete(sessionId);
  }

  async #permit(principal: SessionPrincipal): Promise<EndpointMap> {
    const { sessionId } = principal;
    const saltId = this.#deps.saltIdOf(sessionId);
    const catalogue = await this.#deps.catalogue.current();
    const endpoints = await this.mapOf(sessionId, catalogue.listOf(principal), saltId);
    this.#permitted.set(principal, { catalogue, endpoints });
    return endpoints;
  }
}

/** The GUIDs of a map, by the names of endpoints: they need not be computed again. */
const guidsOf = (endpoints: EndpointMap = new Map()): ReadonlyMap<string, GuidText> =>
  new Map(Array.from(endpoints, ([guid, endpoint]) => [endpointName(endpoint), guid]));

const endpointName = (endpoint: Endpoint): string =>
  nameOf({ service: endpoint.service, endpoint: endpointKey(endpoint) });

const nameOf = ({ service, endpoint }: Pick<Listing, 'service' | 'endpoint'>): string =>
  `${service} ${endpoint}`;
