import { type Clock, type Millis, minutes, seconds } from '../../../shared/clock.ts';

/** How long a change takes to be seen by the isolates that did not make it. */
const FRESH = seconds(15);
/** How long what was there outlives the database's silence. What was not there is never made up. */
const GRACE = minutes(10);
/** A database that did not answer is not asked at once again: each request would wait for it. */
const QUIET = seconds(5);
const MAX_ENTRIES = 1_000;

/** Rows that this isolate looked up a moment ago. That there was none is not remembered. */
export class LookupCache<T> {
  readonly #clock: Clock;
  readonly #known: ExpiringCache<T>;
  #quietUntil: Millis = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#known = new ExpiringCache(clock, MAX_ENTRIES);
  }

  /** @throws What `read` throws, where nothing is known. */
  async find(key: string, read: () => Promise<T | undefined>): Promise<T | undefined> {
    const isQuiet = this.#clock() < this.#quietUntil;
    return this.#known.within(key, isQuiet ? GRACE : 0) ?? this.#read(key, read);
  }

  /** For whoever changed the row: it is read anew. */
  forget(key: string): void {
    this.#known.drop(key);
  }

  async #read(key: string, read: () => Promise<T | undefined>): Promise<T | undefined> {
    try {
      return await this.#known.fill(key, FRESH, read);
    } catch (error) {
      this.#quietUntil = this.#clock() + QUIET;
      const known = this.#known.within(key, GRACE);
      if (known === undefined) throw error;
      return known;
    }
  }
}

type Entry<T> = { readonly value: T; readonly freshUntil: Millis };

/**
 * What an isolate remembers of things that live elsewhere. Whoever reads decides what an entry that is
 * no longer fresh is good for. Holds values, never promises: those belong to the request that made
 * them.
 */
export class ExpiringCache<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #clock: Clock;
  readonly #size: number;
  #drops = 0;

  /** @param size - How many entries at most: the one that was put longest ago goes first. */
  constructor(clock: Clock, size: number) {
    this.#clock = clock;
    this.#size = size;
  }

  fresh(key: string): T | undefined {
    return this.within(key, 0);
  }

  /** @param grace - For how long an entry is taken that is no longer fresh. */
  within(key: string, grace: Millis): T | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.freshUntil + grace <= this.#clock()) return undefined;
    return entry.value;
  }

  put(key: string, value: T, freshFor: Millis): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, freshUntil: this.#clock() + freshFor });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#size && oldest !== undefined) this.#entries.delete(oldest);
  }

  drop(key: string): void {
    this.#drops += 1;
    this.#entries.delete(key);
  }

  /**
   * Reads what is to be remembered. If anything was dropped meanwhile, what was read may be older than
   * the change that dropped it: it is returned, but not remembered.
   */
  async fill(
    key: string,
    freshFor: Millis,
    read: () => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const drops = this.#drops;
    const value = await read();
    if (value === undefined) this.#entries.delete(key);
    else if (drops === this.#drops) this.put(key, value, freshFor);
    return value;
  }
}
