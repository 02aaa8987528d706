import { type Clock, type Millis, seconds } from '../../../shared/clock.ts';
import type { IdentityRpc } from '../../../shared/contracts/identity-rpc.ts';
import type { SessionPrincipal } from '../../../shared/contracts/principal.ts';
import { importSalt, serviceGuid } from '../../../shared/hub-protocol/service-guid.ts';
import type { HubSettings } from '../hub-env.ts';
import { readCatalogue } from './catalogue.ts';
import { type Endpoint, type EndpointMap, endpointKey, HUB_ENDPOINTS } from './endpoint.ts';
import { isPermitted } from './permission.ts';

/** How old a catalogue may be when a connection opens. */
const CATALOGUE_AGE = seconds(60);

type Catalogue = { readonly endpoints: readonly Endpoint[]; readonly readAt: Millis };

/**
 * What each session may call, by GUID.
 *
 * All of it can be computed again from the catalogue, the salt and the session id: what is held in
 * memory is a cache, and hibernation may drop it.
 */
export class SessionEndpoints {
  readonly #identity: Pick<IdentityRpc, 'describe'>;
  readonly #salt: Promise<CryptoKey>;
  readonly #ownClientId: string;
  readonly #clock: Clock;
  readonly #maps = new Map<string, EndpointMap>();
  #catalogue: Catalogue | undefined;
  #reading: Promise<Catalogue> | undefined;

  constructor(
    identity: Pick<IdentityRpc, 'describe'>,
    { salt, ownClientId }: Pick<HubSettings, 'salt' | 'ownClientId'>,
    clock: Clock,
  ) {
    this.#identity = identity;
    this.#salt = importSalt(salt);
    this.#ownClientId = ownClientId;
    this.#clock = clock;
  }

  /**
   * What a session may call whose connection is open.
   *
   * @throws If the catalogue is not in memory and cannot be read. The next call tries again.
   */
  async of(principal: SessionPrincipal): Promise<EndpointMap> {
    const all = await this.#all(principal.sessionId);
    const permitted = [...all].filter(([, { permission }]) =>
      isPermitted(permission, principal, this.#ownClientId),
    );
    return new Map(permitted);
  }

  async #all(sessionId: string): Promise<EndpointMap> {
    const known = this.#maps.get(sessionId);
    if (known !== undefined) return known;
    const catalogue = this.#catalogue ?? (await this.#read());
    const derived = await deriveMap(catalogue.endpoints, await this.#salt, sessionId);
    if (this.#catalogue === catalogue) this.#maps.set(sessionId, derived);
    return derived;
  }

  /**
   * What a session may call that connects now: from a catalogue that is not old. Until a new one
   * is read, open connections go on with the old one.
   */
  async fresh(principal: SessionPrincipal): Promise<EndpointMap> {
    const isFresh = this.#clock() - (this.#catalogue?.readAt ?? 0) <= CATALOGUE_AGE;
    if (!isFresh) await this.#read();
    return this.of(principal);
  }

  forget(sessionId: string): void {
    this.#maps.delete(sessionId);
  }

  /** Reads the catalogue, once for all who ask at the same time. */
  async #read(): Promise<Catalogue> {
    this.#reading ??= this.#load().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #load(): Promise<Catalogue> {
    const readAt = this.#clock();
    const document = await this.#identity.describe();
    const endpoints = [...readCatalogue('identity', document), ...HUB_ENDPOINTS];
    this.#catalogue = { endpoints, readAt };
    this.#maps.clear();
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
