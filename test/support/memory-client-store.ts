import type { ClientId } from '../../shared/ids.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import type { NewClient, StoredClient } from '../../workers/identity/oauth/clients/client.ts';
import type { ClientPage, ClientStore } from '../../workers/identity/oauth/clients/client-store.ts';
import type { Conflict } from '../../workers/identity/platform/database.ts';
import type { MemoryConsentStore } from './memory-consent-store.ts';

/** A {@link ClientStore} in memory, for tests of the routes. */
export class MemoryClientStore implements ClientStore {
  readonly stored = new Map<ClientId, StoredClient>();
  readonly #consents: MemoryConsentStore;

  constructor(consents: MemoryConsentStore) {
    this.#consents = consents;
  }

  async create(client: NewClient): Promise<Result<StoredClient, Conflict>> {
    if (this.stored.has(client.clientId)) return err({ constraint: 'oauth_clients_pkey' });
    const created = { ...client, revision: 1, updatedAt: client.createdAt };
    this.stored.set(client.clientId, created);
    return ok(created);
  }

  async find(clientId: ClientId): Promise<StoredClient | undefined> {
    return this.stored.get(clientId);
  }

  async list(after: ClientId | null, limit: number): Promise<ClientPage> {
    const rest = [...this.stored.values()]
      .filter(({ clientId }) => after === null || clientId > after)
      .toSorted((a, b) => (a.clientId < b.clientId ? -1 : 1));
    const clients = rest.slice(0, limit);
    return { clients, next: rest.length > limit ? (clients.at(-1)?.clientId ?? null) : null };
  }

  async replace(client: StoredClient, at: number): Promise<StoredClient | undefined> {
    const now = this.stored.get(client.clientId);
    if (now?.revision !== client.revision) return undefined;
    const { clientId, source, createdAt, revision } = now;
    const added = { clientId, source, createdAt };
    const changed = { ...client, ...added, revision: revision + 1, updatedAt: at };
    this.stored.set(clientId, changed);
    return changed;
  }

  async delete(clientId: ClientId): Promise<boolean> {
    this.#consents.forget(clientId);
    return this.stored.delete(clientId);
  }
}
