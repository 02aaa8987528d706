import { neon } from '@neondatabase/serverless';
import { drizzle } from 'drizzle-orm/neon-http';

import { sha256, utf8 } from '../../../shared/bytes.ts';
import { ClientId } from '../../../shared/ids.ts';
import type { NewClient } from '../../../workers/identity/oauth/clients/client.ts';
import { PostgresClientStore } from '../../../workers/identity/oauth/clients/client-store.ts';
import { behindProxy, useLocalProxies } from './neon-local.ts';

/** Writes clients into the database of the running Workers. */
export class StoredClients implements AsyncDisposable {
  readonly #store: PostgresClientStore;
  readonly #close: () => Promise<void>;

  private constructor(store: PostgresClientStore, close: () => Promise<void>) {
    this.#store = store;
    this.#close = close;
  }

  /** @param database - A connection string. */
  static async open(database: string): Promise<StoredClients> {
    useLocalProxies();
    const proxy = await behindProxy(database);
    const store = new PostgresClientStore(drizzle(neon(proxy.connectionString)));
    return new StoredClients(store, () => proxy.close());
  }

  /** @returns The client's id. */
  async add(
    metadata: NewClient['metadata'],
    secret?: string,
    more: Partial<NewClient> = {},
  ): Promise<string> {
    const clientId = ClientId.restore(`client-${crypto.randomUUID()}`);
    const secrets =
      secret === undefined ? [] : [{ hash: await sha256(utf8(secret)), expiresAt: null }];
    const created = await this.#store.create({
      clientId,
      metadata,
      secrets,
      source: 'administered',
      profile: 'none',
      skipConsent: false,
      resources: null,
      pkceOptional: false,
      cibaAllowed: false,
      status: 'active',
      registrationAccessTokenHash: null,
      createdAt: Date.now(),
      ...more,
    });
    if (!created.ok) throw new Error('Cannot add a client: its id is taken');
    return clientId;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }
}
