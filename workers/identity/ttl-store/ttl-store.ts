import type { TtlStore } from '../../../shared/ttl-store/ttl-store.ts';
import { objectTtlStore, type TransientNamespace } from './object-ttl-store.ts';
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
