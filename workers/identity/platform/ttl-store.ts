import { shardName } from '../../../durable-objects/transient/transient.ts';
import type { TransientObject } from '../../../durable-objects/transient/transient-object.ts';
import { checkEntry, checkKey } from '../../../shared/ttl-store/ttl-entry.ts';
import { type TtlStore, TtlStoreUnavailable } from '../../../shared/ttl-store/ttl-store.ts';
import { upstashTtlStore } from './upstash-ttl-store.ts';

export type TtlStoreBindings = {
  /** Empty or absent: the deployment's own objects. */
  readonly UPSTASH_REDIS_REST_URL?: string;
  readonly UPSTASH_REDIS_REST_TOKEN?: string;
  readonly TRANSIENTS: TransientNamespace;
};

/**
 * The store that the settings choose. Make one for each request.
 *
 * @throws {TypeError} If a URL is set without its token: falling back would split the replay caches.
 */
export function ttlStore(bindings: TtlStoreBindings): TtlStore {
  const { UPSTASH_REDIS_REST_URL: url, UPSTASH_REDIS_REST_TOKEN: token } = bindings;
  if (!url) return objectTtlStore(bindings.TRANSIENTS);
  if (!token) throw new TypeError('Cannot use Upstash: UPSTASH_REDIS_REST_TOKEN is not set');
  return upstashTtlStore({ url, token });
}

type TransientNamespace = DurableObjectNamespace<TransientObject>;

/** {@link TtlStore} over the deployment's own objects. */
export function objectTtlStore(transients: TransientNamespace): TtlStore {
  const shard = (key: string) => transients.getByName(shardName(key));
  return {
    async get(key) {
      checkKey(key);
      return orStoreUnavailable(() => shard(key).read(key));
    },
    async put(key, value, ttlSeconds) {
      checkEntry(key, value, ttlSeconds);
      await orStoreUnavailable(() => shard(key).write({ key, value, ttlSeconds }));
    },
    async putIfAbsent(key, value, ttlSeconds) {
      checkEntry(key, value, ttlSeconds);
      return orStoreUnavailable(() => shard(key).writeIfAbsent({ key, value, ttlSeconds }));
    },
    async take(key) {
      checkKey(key);
      return orStoreUnavailable(() => shard(key).take(key));
    },
    async delete(key) {
      checkKey(key);
      await orStoreUnavailable(() => shard(key).remove(key));
    },
    async health() {
      try {
        return (await shard('health').ping()) ? 'UP' : 'DOWN';
      } catch {
        return 'DOWN'; // That it does not answer is the answer.
      }
    },
  };
}

/**
 * Whatever a call to an object throws, the caller learns only that the store did not answer. Calls are
 * not retried: where the answer of a `take` was lost, a second one would say that nothing was there.
 */
async function orStoreUnavailable<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw new TtlStoreUnavailable('Cannot reach the TTL store: its object failed', { cause });
  }
}
