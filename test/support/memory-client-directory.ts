import { ClientId } from '../../shared/ids.ts';
import type { JsonObject } from '../../shared/tokens/strict-json.ts';
import type { Client } from '../../workers/identity/oauth/clients/client.ts';
import type { ClientDirectory } from '../../workers/identity/oauth/clients/client-directory.ts';
import { readStoredClient } from '../../workers/identity/oauth/clients/read-stored-client.ts';
import type { MemoryClientStore } from './memory-client-store.ts';

/** A {@link ClientDirectory} that knows the clients which a test gives it, then those of a store. */
export class MemoryClientDirectory implements ClientDirectory {
  readonly clients = new Map<string, Client>();
  /** What a client's `jwks_uri` answers: at first, and when its keys are fetched again. */
  readonly fetched: (readonly JsonObject[])[] = [[], []];
  refreshes = 0;
  readonly #store: MemoryClientStore | undefined;

  constructor(store?: MemoryClientStore) {
    this.#store = store;
  }

  add(client: Client): Client {
    this.clients.set(client.clientId, client);
    return client;
  }

  async find(clientId: string): Promise<Client | undefined> {
    const id = ClientId.parse(clientId);
    const stored = id === undefined ? undefined : await this.#store?.find(id);
    if (stored?.status === 'active') return readStoredClient(stored);
    return this.clients.get(clientId);
  }

  async keysOf({ jwks }: Client, refresh = false): Promise<readonly JsonObject[]> {
    if (refresh) this.refreshes += 1;
    return jwks ?? this.fetched[refresh ? 1 : 0] ?? [];
  }

  forget(): void {}
}
