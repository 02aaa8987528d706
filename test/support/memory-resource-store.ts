import { err, ok, type Result } from '../../shared/result.ts';
import type {
  Resource,
  ResourceSettings,
  ResourceStore,
} from '../../workers/identity/oauth/resources/resource-store.ts';
import type { Conflict } from '../../workers/identity/platform/database.ts';

/** A {@link ResourceStore} in memory, for tests of the routes. */
export class MemoryResourceStore implements ResourceStore {
  readonly stored = new Map<string, Resource>();

  async create(resource: ResourceSettings, at: number): Promise<Result<Resource, Conflict>> {
    if (this.stored.has(resource.resource)) return err({ constraint: 'oauth_resources_pkey' });
    return ok(this.#put({ ...resource, createdAt: at, updatedAt: at }));
  }

  async find(resource: string): Promise<Resource | undefined> {
    return this.stored.get(resource);
  }

  async list(): Promise<readonly Resource[]> {
    return [...this.stored.values()].toSorted((a, b) => (a.resource < b.resource ? -1 : 1));
  }

  async replace(settings: ResourceSettings, at: number): Promise<Resource | undefined> {
    const now = this.stored.get(settings.resource);
    return now && this.#put({ ...settings, createdAt: now.createdAt, updatedAt: at });
  }

  async delete(resource: string): Promise<boolean> {
    return this.stored.delete(resource);
  }

  #put(resource: Resource): Resource {
    this.stored.set(resource.resource, resource);
    return resource;
  }
}
