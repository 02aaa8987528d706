import type { Clock } from '../../../../shared/clock.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { ClientId } from '../../../../shared/ids.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import { RememberedLookups } from '../../remembered-lookups.ts';
import { OAuthError } from '../oauth-error.ts';
import type { Client } from './client.ts';
import type { ClientDirectory } from './client-directory.ts';
import type { ClientStore } from './client-store.ts';
import { looksLikeDocumentUrl } from './document-url.ts';
import type { MetadataDocuments } from './metadata-documents.ts';
import { readStoredClient } from './read-stored-client.ts';
import type { RemoteKeySets } from './remote-key-sets.ts';

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
  readonly #known: RememberedLookups<Client>;

  constructor(parts: DirectoryParts) {
    this.#parts = parts;
    this.#known = new RememberedLookups(parts.clock);
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
