import type { Clock, Millis } from '../clock.ts';

export type LookupCacheOptions = {
  /** The most keys that are held. The one that was set longest ago goes first. */
  readonly entries: number;
  /** For how long a value is used without loading it again. */
  readonly freshFor: Millis;
  /** For how much longer it serves where a load fails. Without it: not at all. */
  readonly staleFor?: Millis;
  /**
   * After a load of any key has failed, for how long stale values are used without a load. The keys
   * of a cache have one source, and each request would wait for it. Without it: not at all.
   */
  readonly pauseAfterFailure?: Millis;
  /** How long after a load of a key, whatever came of it, `refresh` starts no other. */
  readonly coolDown?: Millis;
};

type Entry<T> = { readonly value: T; readonly freshUntil: Millis };

/**
 * What an isolate holds of things that are looked up elsewhere, by key.
 *
 * It shares values, never promises: a promise belongs to the request that made it, so requests that
 * miss at the same time each load. `undefined` says that there is no such thing, and is not cached:
 * whoever wants that puts it into the value.
 */
export class LookupCache<T> {
  readonly #options: LookupCacheOptions;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry<T>>();
  /** When the last load of a key ended. Filled only where there is a cool-down. */
  readonly #loadedAt = new Map<string, Millis>();
  #pausedUntil: Millis = -Infinity;
  #drops = 0;

  constructor(options: LookupCacheOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  /**
   * The value of a key: the one that is held while it is fresh, else a new one, else the old one
   * while it may serve.
   *
   * @throws The failure of `load`, if nothing is held that may serve.
   */
  async find<L extends T | undefined>(key: string, load: () => Promise<L>): Promise<T | L> {
    const isPaused = this.#clock() < this.#pausedUntil;
    return (isPaused ? this.usable(key) : this.fresh(key)) ?? this.#load(key, load);
  }

  /** As {@link find}, but what is held counts as fresh only during the cool-down. */
  async refresh<L extends T | undefined>(key: string, load: () => Promise<L>): Promise<T | L> {
    return this.#isCoolingDown(key) ? this.find(key, load) : this.#load(key, load);
  }

  /** The value that is held, if it is fresh. */
  fresh(key: string): T | undefined {
    return this.#heldUntil(key, 0);
  }

  /** The value that is held, if it is fresh or would serve where a load fails. */
  usable(key: string): T | undefined {
    return this.#heldUntil(key, this.#options.staleFor ?? 0);
  }

  put(key: string, value: T, freshFor: Millis = this.#options.freshFor): void {
    setBounded(this.#entries, key, { value, freshUntil: this.#clock() + freshFor }, this.#options);
  }

  /** For whoever has changed the thing: it is loaded anew. */
  drop(key: string): void {
    this.#drops += 1;
    this.#entries.delete(key);
  }

  async #load<L extends T | undefined>(key: string, load: () => Promise<L>): Promise<T | L> {
    const drops = this.#drops;
    try {
      const value = await load();
      if (value === undefined) this.#entries.delete(key);
      // After a drop, what was loaded may be older than the change: it is returned, but not held.
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
    setBounded(this.#loadedAt, key, this.#clock(), this.#options);
  }

  #isCoolingDown(key: string): boolean {
    const loadedAt = this.#loadedAt.get(key) ?? -Infinity;
    return this.#clock() - loadedAt < (this.#options.coolDown ?? 0);
  }

  #heldUntil(key: string, grace: Millis): T | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && this.#clock() < entry.freshUntil + grace
      ? entry.value
      : undefined;
  }
}

function setBounded<V>(
  map: Map<string, V>,
  key: string,
  value: V,
  { entries }: Pick<LookupCacheOptions, 'entries'>,
): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > entries && oldest !== undefined) map.delete(oldest);
}
