import { type Clock, minutes, seconds } from '../../../../shared/clock.ts';
import { Problem } from '../../../../shared/http/problem.ts';
import { ExpiringCache } from '../../platform/cache.ts';
import type { Resource, ResourceStore } from './resource-store.ts';

/** How long a change takes to be seen by the isolates that did not make it. */
const FRESH = seconds(15);
/** How long what was there outlives the database's silence. */
const GRACE = minutes(10);
const MAX_RESOURCES = 1_000;

type Entry = { readonly resource: Resource | undefined };

/** The resources that this isolate remembers, and those that it knows not to exist. */
export class CachedResources {
  readonly #store: () => Pick<ResourceStore, 'find'>;
  readonly #known: ExpiringCache<Entry>;

  /** @param store - Opens a store for one request. */
  constructor(clock: Clock, store: () => Pick<ResourceStore, 'find'>) {
    this.#store = store;
    this.#known = new ExpiringCache(clock, MAX_RESOURCES);
  }

  /** @throws {Problem} `SERVICE_UNAVAILABLE` if the database does not answer and nothing is known. */
  async find(resource: string): Promise<Resource | undefined> {
    const entry = this.#known.fresh(resource) ?? (await this.#read(resource));
    return entry?.resource;
  }

  /** After a change of it. */
  forget(resource: string): void {
    this.#known.drop(resource);
  }

  async #read(resource: string): Promise<Entry | undefined> {
    try {
      return await this.#known.fill(resource, FRESH, async () => ({
        resource: await this.#store().find(resource),
      }));
    } catch (cause) {
      const known = this.#known.within(resource, GRACE);
      if (known === undefined) throw new Problem('SERVICE_UNAVAILABLE', { cause });
      return known;
    }
  }
}
