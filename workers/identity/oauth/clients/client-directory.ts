import { LookupCache } from '../../../../shared/cache/lookup-cache.ts';
import { type Clock, minutes, seconds } from '../../../../shared/clock.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { ClientId } from '../../../../shared/ids.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import type { Client } from './client.ts';
import type { RemoteKeySets } from './client-jwks.ts';
import type { ClientStore } from './client-store.ts';
import { type DocumentClients, looksLikeDocumentUrl } from './document-clients.ts';
import { readStoredClient } from './read-stored-client.ts';

/** Finds clients: registered ones, and those whose id is the URL of their metadata document. */
export interface ClientDirectory {
  /**
   * @returns `undefined`: there is no such client, or it is disabled.
   * @throws {Problem} `SERVICE_UNAVAILABLE` if that cannot be found out.
   */
  find(clientId: string): Promise<Client | undefined>;
  /**
   * The client's public keys, by value or from its `jwks_uri`.
   *
   * @param refresh - Fetch again: a signature named a `kid` that the cached keys lack. Has a
   *   cool-down.
   * @throws {OAuthError} `invalid_client` if they cannot be fetched or are no key set.
   */
  keysOf(client: Client, refresh?: boolean): Promise<readonly JsonObject[]>;
  /**
   * Makes this isolate read a registered client that was changed again. Other isolates do within 15 s.
   */
  forget(clientId: ClientId): void;
}

export type ClientDirectoryNeeds = {
  readonly clock: Clock;
  /** Opens a store for one request. */
  readonly clientStore: () => Pick<ClientStore, 'find'>;
  readonly documentClients: Pick<DocumentClients, 'find'>;
  readonly keySets: Pick<RemoteKeySets, 'find'>;
};

const CACHE = {
  entries: 1_000,
  /** How long a change takes to be seen by the isolates that did not make it. */
  freshFor: seconds(15),
  /** How long what was read serves while the database does not answer. */
  staleFor: minutes(10),
  /** A database that did not answer is not asked again at once: each request would wait for it. */
  pauseAfterFailure: seconds(5),
  /** In characters of JSON, because whoever registers a client decides how much it is described. */
  sizes: { limit: 4_000_000, of: (client: Client) => JSON.stringify(client).length },
} as const;

/** Looks clients up in the database and in the documents of the web, and caches them in the isolate. */
export class CachedClientDirectory implements ClientDirectory {
  readonly #needs: ClientDirectoryNeeds;
  readonly #cache: LookupCache<Client>;

  constructor(needs: ClientDirectoryNeeds) {
    this.#needs = needs;
    this.#cache = new LookupCache(CACHE, needs.clock);
  }

  async find(clientId: string): Promise<Client | undefined> {
    const id = ClientId.parse(clientId);
    if (id === undefined) return undefined;
    if (looksLikeDocumentUrl(id)) return this.#needs.documentClients.find(id);
    return orUnavailable('the database', () => this.#cache.find(id, () => this.#read(id)));
  }

  async keysOf(client: Client, refresh = false): Promise<readonly JsonObject[]> {
    if (client.jwks !== null || client.jwksUri === null) return client.jwks ?? [];
    const keys = await this.#needs.keySets.find(client.jwksUri, refresh);
    if (keys !== undefined) return keys;
    throw new OAuthError('invalid_client', 'The keys at the jwks_uri of the client cannot be had');
  }

  forget(clientId: ClientId): void {
    this.#cache.drop(clientId);
  }

  async #read(id: ClientId): Promise<Client | undefined> {
    const stored = await this.#needs.clientStore().find(id);
    return stored?.status === 'active' ? readStoredClient(stored) : undefined;
  }
}

export type ActiveClientNeeds = {
  readonly config: { readonly clientId: string };
  readonly clients: Pick<ClientDirectory, 'find'>;
};

/**
 * Whether a token's client may still use it: it is registered and not disabled, or it is our own API's
 * client, which is not registered.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` if that cannot be found out.
 */
export async function isActiveClient(
  clientId: string,
  { clients, config }: ActiveClientNeeds,
): Promise<boolean> {
  return clientId === config.clientId || (await clients.find(clientId)) !== undefined;
}
