/** An event of the log, without what it says. */
export type LogEntry = {
  /** Counts up from 1 and is never used twice while a stream knows it. */
  readonly id: number;
  /** See `targetKey`. */
  readonly target: string;
  readonly eventId: string;
  /** Of the frame. */
  readonly bytes: number;
};

/** How much there may be. */
export type Extent = { readonly events: number; readonly bytes: number };

/**
 * Which events the log has, for whom. Held in memory, so that nothing but the event itself is
 * written when one is published; read from the log again when the object wakes.
 */
export class LogIndex {
  /** Ascending. */
  readonly #ids = new Map<string, number[]>();
  /** In the order of the log. */
  readonly #entries = new Map<number, LogEntry>();
  readonly #eventIds = new Set<string>();
  #bytes = 0;

  add(entry: LogEntry): void {
    const { id, target, eventId, bytes } = entry;
    const ids = this.#ids.get(target);
    if (ids === undefined) this.#ids.set(target, [id]);
    else ids.push(id);
    this.#entries.set(id, entry);
    this.#eventIds.add(eventId);
    this.#bytes += bytes;
  }

  has(eventId: string): boolean {
    return this.#eventIds.has(eventId);
  }

  bytesOf(id: number): number {
    return this.#entries.get(id)?.bytes ?? 0;
  }

  /**
   * The last event to remove, where there are more than `most`: half of it remains then. 0 where
   * nothing is too many.
   */
  surplus(most: Extent): number {
    let [events, bytes, last] = [this.#entries.size, this.#bytes, 0];
    if (events <= most.events && bytes <= most.bytes) return last;
    for (const entry of this.#entries.values()) {
      const isEnough = events <= most.events / 2 && bytes <= most.bytes / 2;
      if (isEnough || events === 1) return last;
      [events, bytes, last] = [events - 1, bytes - entry.bytes, entry.id];
    }
    return last;
  }

  /** How many events for any of these targets come after `after`, up to `until`. */
  count(targets: Iterable<string>, after: number, until = Infinity): number {
    let sum = 0;
    for (const target of targets) {
      const ids = this.#ids.get(target);
      if (ids !== undefined) sum += firstAbove(ids, until) - firstAbove(ids, after);
    }
    return sum;
  }

  /** The events for any of these targets after `after`, up to `until`. */
  ids(targets: Iterable<string>, after: number, until: number): number[] {
    const found = [...targets].flatMap((target) => {
      const ids = this.#ids.get(target) ?? [];
      return ids.slice(firstAbove(ids, after), firstAbove(ids, until));
    });
    return found.toSorted((a, b) => a - b);
  }

  /** Forgets the events up to `until`. */
  forget(until: number): void {
    for (const [target, ids] of this.#ids) {
      ids.splice(0, firstAbove(ids, until));
      if (ids.length === 0) this.#ids.delete(target);
    }
    for (const [id, { eventId, bytes }] of this.#entries) {
      if (id > until) break;
      this.#entries.delete(id);
      this.#eventIds.delete(eventId);
      this.#bytes -= bytes;
    }
  }
}

/** Where the first number above `bound` is, in an ascending list. */
function firstAbove(ids: readonly number[], bound: number): number {
  let [low, high] = [0, ids.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ids[middle] ?? Infinity) > bound) high = middle;
    else low = middle + 1;
  }
  return low;
}
