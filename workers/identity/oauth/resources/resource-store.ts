import { asc, eq } from 'drizzle-orm';

import { LookupCache } from '../../../../shared/cache/lookup-cache.ts';
import { type Clock, type Millis, minutes, seconds } from '../../../../shared/clock.ts';
import type { SigningAlgorithm } from '../../../../shared/contracts/keys/keys-rpc.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { isSameResource, resourceKey } from '../../../../shared/http/resource-key.ts';
import { ok, type Result } from '../../../../shared/result.ts';
import { type Conflict, type Database, querying, writing } from '../../platform/database.ts';
import { oauthResources, type ResourceRow } from '../clients/oauth-schema.ts';

/** A resource server, known by its resource indicator (RFC 8707 §2): the `aud` of its tokens. */
export type Resource = {
  readonly resource: string;
  readonly name: string;
  /** What tokens for it may carry. */
  readonly scopes: readonly string[];
  /** `null`: as the client's. */
  readonly accessTokenSigningAlg: SigningAlgorithm | null;
  /** `null`: as the deployment's. */
  readonly accessTokenSeconds: number | null;
  readonly createdAt: Millis;
  readonly updatedAt: Millis;
};

export type ResourceSettings = Omit<Resource, 'createdAt' | 'updatedAt'>;

/** Where resources live. Every method throws `DatabaseFailure` if the database does not answer. */
export interface ResourceStore {
  create(resource: ResourceSettings, at: Millis): Promise<Result<Resource, Conflict>>;
  find(resource: string): Promise<Resource | undefined>;
  /** In the order of their indicators. */
  list(): Promise<readonly Resource[]>;
  /** `undefined`: there is none. */
  replace(resource: ResourceSettings, at: Millis): Promise<Resource | undefined>;
  delete(resource: string): Promise<boolean>;
}

/** {@link ResourceStore} over PostgreSQL. */
export class PostgresResourceStore implements ResourceStore {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async create(resource: ResourceSettings, at: Millis): Promise<Result<Resource, Conflict>> {
    const times = { createdAt: new Date(at), updatedAt: new Date(at) };
    const row = { ...resource, scopes: [...resource.scopes], ...times };
    const written = await writing('resources', this.#db.insert(oauthResources).values(row));
    return written.ok ? ok({ ...resource, createdAt: at, updatedAt: at }) : written;
  }

  async find(resource: string): Promise<Resource | undefined> {
    const query = this.#db
      .select()
      .from(oauthResources)
      .where(eq(oauthResources.resource, resource));
    const [row] = await querying('resources', query);
    return row && toResource(row);
  }

  async list(): Promise<readonly Resource[]> {
    const query = this.#db.select().from(oauthResources).orderBy(asc(oauthResources.resource));
    return (await querying('resources', query)).map(toResource);
  }

  async replace(settings: ResourceSettings, at: Millis): Promise<Resource | undefined> {
    const { resource, scopes, ...rest } = settings;
    const query = this.#db
      .update(oauthResources)
      .set({ ...rest, scopes: [...scopes], updatedAt: new Date(at) })
      .where(eq(oauthResources.resource, resource))
      .returning();
    const [row] = await querying('resources', query);
    return row && toResource(row);
  }

  async delete(resource: string): Promise<boolean> {
    const query = this.#db
      .delete(oauthResources)
      .where(eq(oauthResources.resource, resource))
      .returning({ resource: oauthResources.resource });
    return (await querying('resources', query)).length > 0;
  }
}

const toResource = ({ createdAt, updatedAt, ...row }: ResourceRow): Resource => ({
  ...row,
  createdAt: createdAt.getTime(),
  updatedAt: updatedAt.getTime(),
});

/** For whoever looks up resource servers while it answers a request. */
export type FindResourceNeeds = { readonly cachedResources: Pick<CachedResources, 'find'> };

const CACHE = {
  entries: 1_000,
  /** How long a change takes to be seen by the isolates that did not make it. */
  freshFor: seconds(15),
  /** How long what was read serves while the database does not answer. */
  staleFor: minutes(10),
} as const;

/** The resources that this isolate has looked up, and those that it found not to exist. */
export class CachedResources {
  readonly #store: () => Pick<ResourceStore, 'find'>;
  readonly #cache: LookupCache<{ readonly resource: Resource | undefined }>;

  /** @param store - Opens a store for one request. */
  constructor(clock: Clock, store: () => Pick<ResourceStore, 'find'>) {
    this.#store = store;
    this.#cache = new LookupCache(CACHE, clock);
  }

  /**
   * Finds it in any spelling (RFC 3986 §6.2).
   *
   * @throws {Problem} `SERVICE_UNAVAILABLE` if the database does not answer and nothing is cached.
   */
  async find(resource: string): Promise<Resource | undefined> {
    const load = async () => ({ resource: await findSpelled(resource, this.#store()) });
    const key = resourceKey(resource);
    const entry = await orUnavailable('the database', () => this.#cache.find(key, load));
    return entry.resource;
  }

  /** For whoever has changed it. */
  forget(resource: string): void {
    this.#cache.drop(resourceKey(resource));
  }
}

/** Finds a resource in any of the spellings in which it can be registered. */
export async function findSpelled(
  resource: string,
  store: Pick<ResourceStore, 'find'>,
): Promise<Resource | undefined> {
  const key = resourceKey(resource);
  for (const spelling of new Set([key, `${key}/`, resource])) {
    const found = await store.find(spelling);
    if (found !== undefined && isSameResource(found.resource, resource)) return found;
  }
  return undefined;
}
