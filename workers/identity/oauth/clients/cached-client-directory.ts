import { type Clock, type Millis, minutes, seconds } from '../../../../shared/clock.ts';
import { Problem } from '../../../../shared/http/problem.ts';
import { ClientId } from '../../../../shared/ids.ts';
import type { Log } from '../../../../shared/telemetry/log.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import { RememberedEntries } from '../../remembered-entries.ts';
import type { Client } from './client.ts';
import type { ClientDirectory } from './client-directory.ts';
import type { ClientStore } from './client-store.ts';
import { looksLikeDocumentUrl } from './document-url.ts';
import type { MetadataDocuments } from './metadata-documents.ts';
import { readStoredClient } from './read-stored-client.ts';
import type { RemoteKeySets } from './remote-key-sets.ts';

/** How long a change takes to be seen by the isolates that did not make it. */
const FRESH = seconds(15);
/** How long a client that was there outlives the database's silence. Never makes one up. */
const GRACE = minutes(10);
/** A database that did not answer is not asked at once again: each request would wait for it. */
const QUIET = seconds(5);
const MAX_CLIENTS = 1_000;

export type DirectoryParts = {
  readonly clock: Clock;
  readonly log: Log;
  /** Opens a store for one request. */
  readonly store: () => Pick<ClientStore, 'find'>;
  readonly documents: Pick<MetadataDocuments, 'find'>;
  readonly keySets: Pick<RemoteKeySets, 'find'>;
};

/** The clients that this isolate remembers, over the database and the documents of the web. */
export class CachedClientDirectory implements ClientDirectory {
  readonly #parts: DirectoryParts;
  readonly #known: RememberedEntries<Client>;
  #quietUntil: Millis = 0;

  constructor(parts: DirectoryParts) {
    this.#parts = parts;
    this.#known = new RememberedEntries(parts.clock, MAX_CLIENTS);
  }

  async find(clientId: string): Promise<Client | undefined> {
    const id = ClientId.parse(clientId);
    if (id === undefined) return undefined;
    if (looksLikeDocumentUrl(id)) return this.#parts.documents.find(id);
    const isQuiet = this.#parts.clock() < this.#quietUntil;
    return this.#known.within(id, isQuiet ? GRACE : 0) ?? this.#read(id);
  }

  async keysOf(client: Client, refresh = false): Promise<readonly JsonObject[]> {
    if (client.jwks !== null || client.jwksUri === null) return client.jwks ?? [];
    return this.#parts.keySets.find(client.jwksUri, refresh);
  }

  forget(clientId: ClientId): void {
    this.#known.drop(clientId);
  }

  async #read(id: ClientId): Promise<Client | undefined> {
    try {
      return await this.#known.fill(id, FRESH, async () => {
        const stored = await this.#parts.store().find(id);
        return stored?.status === 'active' ? readStoredClient(stored) : undefined;
      });
    } catch (cause) {
      this.#quietUntil = this.#parts.clock() + QUIET;
      const known = this.#known.within(id, GRACE);
      if (known === undefined) throw new Problem('SERVICE_UNAVAILABLE', { cause });
      this.#parts.log({ event: 'client.served_stale', level: 'warn', clientId: id });
      return known;
    }
  }
}
