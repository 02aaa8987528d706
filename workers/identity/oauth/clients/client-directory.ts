import type { Clock } from '../../../../shared/clock.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { ClientId } from '../../../../shared/ids.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import type { Services } from '../../context.ts';
import { LookupCache } from '../../platform/cache.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import type { Client } from './client.ts';
import type { ClientStore } from './client-store.ts';
import { looksLikeDocumentUrl, type MetadataDocuments } from './document-clients.ts';
import type { RemoteKeySets } from './public-keys.ts';
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
  /** For whoever changed a registered client: this isolate reads it anew. Others do within 15 s. */
  forget(clientId: ClientId): void;
}

export type DirectoryParts = {
  readonly clock: Clock;
  /** Opens a store for one request. */
  readonly store: () => Pick<ClientStore, 'find'>;
  readonly documents: Pick<MetadataDocuments, 'find'>;
  readonly keySets: Pick<RemoteKeySets, 'find'>;
};

/** The clients that this isolate remembers, over the database and the documents of the web. */
export class CachedClientDirectory implements ClientDirectory {
  readonly #parts: DirectoryParts;
  readonly #known: LookupCache<Client>;

  constructor(parts: DirectoryParts) {
    this.#parts = parts;
    this.#known = new LookupCache(parts.clock);
  }

  async find(clientId: string): Promise<Client | undefined> {
    const id = ClientId.parse(clientId);
    if (id === undefined) return undefined;
    if (looksLikeDocumentUrl(id)) return this.#parts.documents.find(id);
    return orUnavailable('the database', async () =>
      this.#known.find(id, async () => this.#read(id)),
    );
  }

  async keysOf(client: Client, refresh = false): Promise<readonly JsonObject[]> {
    if (client.jwks !== null || client.jwksUri === null) return client.jwks ?? [];
    const keys = await this.#parts.keySets.find(client.jwksUri, refresh);
    if (keys !== undefined) return keys;
    throw new OAuthError('invalid_client', 'The keys at the jwks_uri of the client cannot be had');
  }

  forget(clientId: ClientId): void {
    this.#known.forget(clientId);
  }

  async #read(id: ClientId): Promise<Client | undefined> {
    const stored = await this.#parts.store().find(id);
    return stored?.status === 'active' ? readStoredClient(stored) : undefined;
  }
}

/**
 * Whether a token's client may still use it: it is there and not disabled. Our own API's client is
 * always there, and is no registered one.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` if that cannot be found out.
 */
export async function isActiveClient(
  clientId: string,
  { clients, config }: Pick<Services, 'clients' | 'config'>,
): Promise<boolean> {
  return clientId === config.clientId || (await clients.find(clientId)) !== undefined;
}
