import type { Entry, EntryStore } from '../../durable-objects/transient/transient.ts';

/** {@link EntryStore} in memory. */
export class MemoryEntryStore implements EntryStore {
  readonly #entries = new Map<string, Entry>();

  constructor(entries: readonly Entry[] = []) {
    for (const entry of entries) this.save(entry);
  }

  find(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  save(entry: Entry): void {
    this.#entries.set(entry.key, entry);
  }

  remove(key: string): void {
    this.#entries.delete(key);
  }

  removeExpired(at: number, limit: number): void {
    const expired = [...this.#entries.values()]
      .filter(({ expiresAt }) => expiresAt <= at)
      .toSorted((a, b) => a.expiresAt - b.expiresAt);
    for (const { key } of expired.slice(0, limit)) this.remove(key);
  }

  earliestExpiry(): number | undefined {
    const [earliest] = [...this.#entries.values()]
      .map(({ expiresAt }) => expiresAt)
      .toSorted((a, b) => a - b);
    return earliest;
  }

  keys(): readonly string[] {
    return [...this.#entries.keys()];
  }
}
