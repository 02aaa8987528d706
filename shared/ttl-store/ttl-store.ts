/**
 * Short-lived records: pushed authorization requests, device codes, sign-in state, replay caches.
 *
 * A time to live is storage hygiene. An entry past it is never returned, but how precisely the clock
 * of the store agrees with the caller's is not promised: a value whose expiry matters carries its own
 * absolute expiry, and its reader checks it.
 *
 * @module
 */

/**
 * A key is 1 to 256 visible ASCII characters, and no secret: hash what is. A value is at most 64 KiB
 * of UTF-8. A time to live is 1 second to a year, in whole seconds.
 *
 * Every method but `health` throws {@link TtlStoreInputError} for input outside these limits, and
 * {@link TtlStoreUnavailable} if the store does not answer: whether it made the change is then unknown.
 */
export interface TtlStore {
  get(key: string): Promise<string | undefined>;
  /** Replaces the value and the time to live of an earlier entry. */
  put(key: string, value: string, ttlSeconds: number): Promise<void>;
  /**
   * Creates the entry, if there is none. Of any number of concurrent calls one wins.
   *
   * @returns Whether this call created it. If not, the existing entry is unchanged.
   */
  putIfAbsent(key: string, value: string, ttlSeconds: number): Promise<boolean>;
  /** Reads the entry and deletes it. Of any number of concurrent calls one gets the value. */
  take(key: string): Promise<string | undefined>;
  /** Deleting what is not there is no error. */
  delete(key: string): Promise<void>;
  /** Whether the store answers now. Never throws. */
  health(): Promise<'UP' | 'DOWN'>;
}

/** A key, value or time to live outside the limits: a bug of the caller. Never quotes the input. */
export class TtlStoreInputError extends TypeError {
  override readonly name = 'TtlStoreInputError';
}

/** The store did not answer, or not in time: a 503. Carries no key and no value. */
export class TtlStoreUnavailable extends Error {
  override readonly name = 'TtlStoreUnavailable';
}
