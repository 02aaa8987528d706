import type { Clock, Millis } from '../../shared/clock.ts';

type Entry<T> = { readonly value: T; readonly freshUntil: Millis };

/**
 * What an isolate remembers of things that live elsewhere. Whoever reads decides what an entry that is
 * no longer fresh is good for. Holds values, never promises: those belong to the request that made
 * them.
 */
export class RememberedEntries<T> {
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
