import { ageOf, type Clock, type Millis } from '../clock.ts';

export type LookupCacheOptions<T> = {
  /** How many keys are cached at most. The one that was set longest ago is removed first. */
  readonly entries: number;
  /**
   * How large all cached values together may be, where a stranger decides how large each is. The one
   * that was set longest ago is removed first. One that is larger than all may be is not cached.
   */
  readonly sizes?: { readonly limit: number; readonly of: (value: T) => number };
  /** For how long a value is used without loading it again. */
  readonly freshFor: Millis;
  /** How much longer a value is used when a load fails. The default is 0. */
  readonly staleFor?: Millis;
  /**
   * How long stale values are used without a load after a load of any key has failed. All keys of a
   * cache have one source, and each request would wait for it again. The default is 0.
   */
  readonly pauseAfterFailure?: Millis;
  /** How long `refresh` starts no other load of a key after one has ended, even in a failure. */
  readonly coolDown?: Millis;
};

type Entry<T> = {
  readonly value: T;
  readonly loadedAt: Millis;
  readonly freshFor: Millis;
  /** 0 where sizes do not count. */
  readonly size: number;
};

/**
 * Caches values in the isolate that are looked up elsewhere by a key.
 *
 * It shares values, never promises: a promise belongs to the request that made it, so requests that
 * miss at the same time each load. `undefined` means that there is no value for the key, and is not
 * cached. A caller that wants to cache the absence puts it into the value.
 */
export class LookupCache<T> {
  readonly #options: LookupCacheOptions<T>;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry<T>>();
  /** Of all entries together. */
  #size = 0;
  /** When the last load of a key ended. Filled only where there is a cool-down. */
  readonly #loadedAt = new Map<string, Millis>();
  #pausedUntil: Millis = -Infinity;
  #drops = 0;

  constructor(options: LookupCacheOptions<T>, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /**
   * Returns the cached value while it is fresh, else loads one. If the load fails, it returns the
   * stale value while that may be used.
   *
   * @throws The failure of `load`, if no cached value may be used.
   */
  async find<L extends T | undefined>(key: string, load: () => Promise<L>): Promise<T | L> {
    const isPaused = this.#clock() < this.#pausedUntil;
    return (isPaused ? this.usable(key) : this.fresh(key)) ?? this.#load(key, load);
  }

  /** As {@link find}, but a cached value counts as fresh only during the cool-down. */
  async refresh<L extends T | undefined>(key: string, load: () => Promise<L>): Promise<T | L> {
    return this.#isCoolingDown(key) ? this.find(key, load) : this.#load(key, load);
  }

  /** The cached value, if it is fresh. */
  fresh(key: string): T | undefined {
    return this.#heldUntil(key, 0);
  }

  /** The cached value, if it is fresh or may be used when a load fails. */
  usable(key: string): T | undefined {
    return this.#heldUntil(key, this.#options.staleFor ?? 0);
  }

  put(key: string, value: T, freshFor: Millis = this.#options.freshFor): void {
    const { entries, sizes } = this.#options;
    const size = sizes?.of(value) ?? 0;
    this.#remove(key);
    this.#entries.set(key, { value, loadedAt: this.#clock(), freshFor, size });
    this.#size += size;
    for (const [oldest] of this.#entries) {
      if (this.#entries.size <= entries && this.#size <= (sizes?.limit ?? 0)) break;
      this.#remove(oldest);
    }
  }

  /** Forgets the value of a key that has changed. */
  drop(key: string): void {
    this.#drops += 1;
    this.#remove(key);
  }

  #remove(key: string): void {
    this.#size -= this.#entries.get(key)?.size ?? 0;
    this.#entries.delete(key);
  }

  async #load<L extends T | undefined>(key: string, load: () => Promise<L>): Promise<T | L> {
    const drops = this.#drops;
    try {
      const value = await load();
      if (value === undefined) this.#remove(key);
      // After a drop, the loaded value may be older than the change: it is returned, but not
      // cached.
      else if (drops === this.#drops) this.put(key, value);
      return value;
    } catch (error) {
      this.#pausedUntil = this.#clock() + (this.#options.pauseAfterFailure ?? 0);
      const stale = this.usable(key);
      if (stale === undefined) throw error;
      return stale;
    } finally {
      this.#markLoaded(key);
    }
  }

  #markLoaded(key: string): void {
    if (this.#options.coolDown === undefined) return;
    this.#loadedAt.delete(key);
    this.#loadedAt.set(key, this.#clock());
    const [oldest] = this.#loadedAt.keys();
    const isFull = this.#loadedAt.size > this.#options.entries;
    if (isFull && oldest !== undefined) this.#loadedAt.delete(oldest);
  }

  #isCoolingDown(key: string): boolean {
    const loadedAt = this.#loadedAt.get(key) ?? -Infinity;
    return ageOf(loadedAt, this.#clock()) < (this.#options.coolDown ?? 0);
  }

  #heldUntil(key: string, grace: Millis): T | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && ageOf(entry.loadedAt, this.#clock()) < entry.freshFor + grace
      ? entry.value
      : undefined;
  }
}
