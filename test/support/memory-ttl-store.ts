import type { Clock, Millis } from '../../shared/clock.ts';
import { checkEntry, checkKey } from '../../shared/ttl-store/ttl-entry.ts';
import type { TtlStore } from '../../shared/ttl-store/ttl-store.ts';

/** {@link TtlStore} in memory. */
export class MemoryTtlStore implements TtlStore {
  readonly #entries = new Map<string, { readonly value: string; readonly until: Millis }>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async get(key: string): Promise<string | undefined> {
    checkKey(key);
    return this.#live(key);
  }

  async put(key: string, value: string, ttlSeconds: number): Promise<void> {
    checkEntry(key, value, ttlSeconds);
    this.#save(key, value, ttlSeconds);
  }

  async putIfAbsent(key: string, value: string, ttlSeconds: number): Promise<boolean> {
    checkEntry(key, value, ttlSeconds);
    const isAbsent = this.#live(key) === undefined;
    if (isAbsent) this.#save(key, value, ttlSeconds);
    return isAbsent;
  }

  async take(key: string): Promise<string | undefined> {
    checkKey(key);
    const value = this.#live(key);
    this.#entries.delete(key);
    return value;
  }

  async delete(key: string): Promise<void> {
    this.#entries.delete(key);
  }

  async health(): Promise<'UP'> {
    return 'UP';
  }

  /** What is stored, to be looked at. */
  keys(): readonly string[] {
    return [...this.#entries.keys()];
  }

  // Nothing is awaited between looking and writing: of several calls at once, one wins.
  #live(key: string): string | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && this.#clock() < entry.until ? entry.value : undefined;
  }

  #save(key: string, value: string, ttlSeconds: number): void {
    this.#entries.set(key, { value, until: this.#clock() + ttlSeconds * 1_000 });
  }
}
