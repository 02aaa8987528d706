/**
 * Short-lived records: pushed authorization requests, device codes, sign-in state, replay caches.
 *
 * A time to live only frees storage. An expired entry is never returned, but the clock of the store
 * may differ from the caller's. So a value whose expiry matters contains its own absolute expiry,
 * and its reader checks it.
 *
 * @module
 */

/**
 * A key is 1 to 256 visible ASCII characters. It must not be a secret, but may be the hash of one.
 * A value is at most 64 KiB of UTF-8. A time to live is 1 second to a year, in whole seconds.
 *
 * Every method but `health` throws {@link TtlStoreInputError} for input outside these limits, and
 * {@link TtlStoreUnavailable} if the store does not answer, in which case it is unknown whether it
 * made the change.
 */
export interface TtlStore {
  get(key: string): Promise<string | undefined>;
  /** Replaces the value and the time to live of an earlier entry. */
  put(key: string, value: string, ttlSeconds: number): Promise<void>;
  /**
   * Creates the entry, if there is none. Of concurrent calls only one succeeds.
   *
   * @returns Whether this call created it. If not, the existing entry is unchanged.
   */
  putIfAbsent(key: string, value: string, ttlSeconds: number): Promise<boolean>;
  /** Reads the entry and deletes it. Of concurrent calls only one gets the value. */
  take(key: string): Promise<string | undefined>;
  /** Deletes the entry, if there is one. */
  delete(key: string): Promise<void>;
  /** Whether the store answers now. Never throws. */
  health(): Promise<'UP' | 'DOWN'>;
}

/**
 * A key, value or time to live is outside the limits, which is a bug of the caller. The message
 * never quotes the input.
 */
export class TtlStoreInputError extends TypeError {
  override readonly name = 'TtlStoreInputError';
}

/**
 * The store did not answer in time, which is answered with 503. The message has no key and no
 * value.
 */
export class TtlStoreUnavailable extends Error {
  override readonly name = 'TtlStoreUnavailable';
}
