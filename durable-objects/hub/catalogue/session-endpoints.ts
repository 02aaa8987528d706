import type { Awaitable } from '../../../shared/awaitable.ts';
import type { SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
import type { GuidText } from '../../../shared/hub-protocol/guid.ts';
import { serviceGuid } from '../../../shared/hub-protocol/session-guids.ts';
import { type ConnectSalts, saltOf } from '../../../shared/tokens/connect-salts.ts';
import type { Catalogue, EndpointList, Listing } from './catalogue.ts';
import type { CatalogueReader } from './catalogue-reader.ts';
import { type Endpoint, type EndpointMap, endpointKey } from './endpoint.ts';

export type SessionEndpointsNeeds = {
  readonly catalogue: Pick<CatalogueReader, 'cached' | 'current' | 'fresh'>;
  readonly salts: Promise<ConnectSalts>;
  /** The id of the salt of a session's GUIDs. `undefined` means the newest salt. */
  readonly saltIdOf: (sessionId: string) => string | undefined;
};

type SessionMap = {
  readonly saltId: string | undefined;
  readonly list: EndpointList;
  readonly endpoints: EndpointMap;
};

type PrincipalMap = { readonly catalogue: Catalogue; readonly endpoints: EndpointMap };

/**
 * The endpoints that each session may call, by GUID.
 *
 * They are derived from the catalogue, the salt and the session id, and cached: hibernation may drop
 * them.
 */
export class SessionEndpoints {
  readonly #needs: SessionEndpointsNeeds;
  readonly #bySession = new Map<string, SessionMap>();
  readonly #byPrincipal = new WeakMap<SessionPrincipal, PrincipalMap>();

  constructor(needs: SessionEndpointsNeeds) {
    this.#needs = needs;
  }

  /**
   * The endpoints of the principal of an open connection. They are returned at once if they are cached
   * and the catalogue has not changed.
   *
   * @throws If no catalogue is cached and it cannot be read. The next call tries again.
   */
  of(principal: SessionPrincipal): Awaitable<EndpointMap> {
    const cached = this.#byPrincipal.get(principal);
    return cached !== undefined && cached.catalogue === this.#needs.catalogue.cached
      ? cached.endpoints
      : this.#derive(principal);
  }

  /** The endpoints of a list, by the GUIDs of a session. */
  async mapOf(
    sessionId: string,
    list: EndpointList,
    saltId: string | undefined,
  ): Promise<EndpointMap> {
    const cached = this.#bySession.get(sessionId);
    if (cached?.saltId === saltId && cached?.list === list) return cached.endpoints;
    const guids = cached?.saltId === saltId ? guidsOf(cached?.endpoints) : new Map();
    const entries = list.endpoints.map(async (endpoint) => {
      const name = { service: endpoint.service, endpoint: endpointKey(endpoint) };
      const guid = guids.get(nameOf(name)) ?? this.guidOf(sessionId, name, saltId);
      return [await guid, endpoint] as const;
    });
    const endpoints = new Map(await Promise.all(entries));
    this.#bySession.set(sessionId, { saltId, list, endpoints });
    return endpoints;
  }

  /** The GUID of an endpoint for a session. Does not check that the session may call it. */
  async guidOf(
    sessionId: string,
    name: Pick<Listing, 'service' | 'endpoint'>,
    saltId: string | undefined,
  ): Promise<GuidText> {
    const { guid } = saltOf(await this.#needs.salts, saltId);
    return serviceGuid(guid, name, sessionId);
  }

  /**
   * The endpoint of an address, if the principal may call it. Derives no GUID: the session need not be
   * connected.
   */
  async named(
    principal: SessionPrincipal,
    { service, method, path }: Pick<Endpoint, 'service' | 'method' | 'path'>,
  ): Promise<Endpoint | undefined> {
    const { endpoints } = (await this.#needs.catalogue.fresh()).listOf(principal);
    return endpoints.find(
      (each) => each.service === service && each.method === method && each.path === path,
    );
  }

  forget(sessionId: string): void {
    this.#bySession.delete(sessionId);
  }

  async #derive(principal: SessionPrincipal): Promise<EndpointMap> {
    const { sessionId } = principal;
    const saltId = this.#needs.saltIdOf(sessionId);
    const catalogue = await this.#needs.catalogue.current();
    const endpoints = await this.mapOf(sessionId, catalogue.listOf(principal), saltId);
    this.#byPrincipal.set(principal, { catalogue, endpoints });
    return endpoints;
  }
}

/** The GUIDs of a map, by the names of its endpoints, so that they are not computed again. */
const guidsOf = (endpoints: EndpointMap = new Map()): ReadonlyMap<string, GuidText> =>
  new Map(Array.from(endpoints, ([guid, endpoint]) => [endpointName(endpoint), guid]));

const endpointName = (endpoint: Endpoint): string =>
  nameOf({ service: endpoint.service, endpoint: endpointKey(endpoint) });

const nameOf = ({ service, endpoint }: Pick<Listing, 'service' | 'endpoint'>): string =>
  `${service} ${endpoint}`;
