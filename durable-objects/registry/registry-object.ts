import { DurableObject } from 'cloudflare:workers';

import type {
  RegisteredService,
  RegistryRefusal,
  RegistryRpc,
  ServiceRegistration,
} from '../../shared/contracts/registry-rpc.ts';
import type { Result } from '../../shared/result.ts';
import { migrate } from '../../shared/sql/migrate.ts';
import { add, replace } from './registry.ts';
import { migrations } from './registry-schema.ts';
import { SqliteRegistryStore } from './registry-store.ts';

/** The registry of a deployment. Its name is ours, so it may allocate at once. */
export class RegistryObject extends DurableObject<unknown> implements RegistryRpc {
  readonly #store: SqliteRegistryStore;

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    migrate(ctx.storage, migrations);
    this.#store = new SqliteRegistryStore(ctx.storage.sql);
  }

  async addHub(hub: string): Promise<void> {
    this.#store.addHub(hub);
  }

  async hubs(): Promise<readonly string[]> {
    return this.#store.hubs();
  }

  async services(): Promise<{ version: number; services: readonly RegisteredService[] }> {
    return { version: this.#store.version(), services: this.#store.all() };
  }

  async service(name: string): Promise<RegisteredService | undefined> {
    return this.#store.find(name);
  }

  async addService(registration: ServiceRegistration): Promise<Result<undefined, RegistryRefusal>> {
    return this.ctx.storage.transactionSync(() => add(this.#store, registration));
  }

  async replaceService(
    registration: ServiceRegistration,
  ): Promise<Result<undefined, RegistryRefusal>> {
    return this.ctx.storage.transactionSync(() => replace(this.#store, registration));
  }

  async removeService(name: string): Promise<boolean> {
    return this.ctx.storage.transactionSync(() => this.#store.remove(name));
  }
}
