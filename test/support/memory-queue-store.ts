import type { Entry, Overrides, QueueStore, Waiting } from '../../durable-objects/queue/queue.ts';

/** {@link QueueStore} in memory, which counts everything anew at every question. */
export class MemoryQueueStore implements QueueStore {
  readonly #entries = new Map<string, Entry>();
  #overrides: Overrides = { capacity: null, paused: false, releasedTo: 0 };

  find(sessionId: string): Entry | undefined {
    return this.#entries.get(sessionId);
  }

  save(entry: Entry): void {
    this.#entries.set(entry.sessionId, entry);
  }

  remove(sessionId: string): void {
    this.#entries.delete(sessionId);
  }

  removeExpired(at: number, limit: number): void {
    const expired = [...this.#entries.values()]
      .filter(({ until }) => until <= at)
      .toSorted((a, b) => a.until - b.until);
    for (const { sessionId } of expired.slice(0, limit)) this.remove(sessionId);
  }

  nextExpiry(): number | undefined {
    const all = [...this.#entries.values()].map(({ until }) => until);
    return all.length === 0 ? undefined : Math.min(...all);
  }

  countOf(userId: string, now: number): number {
    const all = [...this.#entries.values()];
    return all.filter((entry) => entry.userId === userId && entry.until > now).length;
  }

  waiting(): number {
    return this.#line().length;
  }

  held(): number {
    return this.#entries.size - this.waiting();
  }

  ahead(place: number): number {
    return this.#line().filter((other) => other < place).length;
  }

  placeAt(ahead: number): number | undefined {
    return this.#line()[ahead];
  }

  lastPlace(): number {
    return this.#line().at(-1) ?? 0;
  }

  overrides(): Overrides {
    return this.#overrides;
  }

  saveOverrides(overrides: Overrides): void {
    this.#overrides = overrides;
  }

  #line(): readonly number[] {
    return [...this.#entries.values()]
      .filter((entry): entry is Waiting => entry.as === 'waiting')
      .map(({ place }) => place)
      .toSorted((a, b) => a - b);
  }
}
