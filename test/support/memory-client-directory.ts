import type { JsonObject } from '../../shared/tokens/strict-json.ts';
import type { Client } from '../../workers/identity/oauth/clients/client.ts';
import type { ClientDirectory } from '../../workers/identity/oauth/clients/client-directory.ts';

/** A {@link ClientDirectory} that knows the clients which a test gives it. */
export class MemoryClientDirectory implements ClientDirectory {
  readonly clients = new Map<string, Client>();
  /** What a client's `jwks_uri` answers: at first, and when its keys are fetched again. */
  readonly fetched: (readonly JsonObject[])[] = [[], []];
  refreshes = 0;

  add(client: Client): Client {
    this.clients.set(client.clientId, client);
    return client;
  }

  async find(clientId: string): Promise<Client | undefined> {
    return this.clients.get(clientId);
  }

  async keysOf({ jwks }: Client, refresh = false): Promise<readonly JsonObject[]> {
    if (refresh) this.refreshes += 1;
    return jwks ?? this.fetched[refresh ? 1 : 0] ?? [];
  }
}
