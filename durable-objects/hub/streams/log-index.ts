/** An event of the log without its frame. */
export type LogEntry = {
  /** Counts up from 1. No id that a stream refers to is used again. */
  readonly id: number;
  /** In the form of `targetKey`. */
  readonly target: string;
  readonly eventId: string;
  /** The length of the frame. */
  readonly bytes: number;
};

/** A number of events and of bytes. */
export type Extent = { readonly events: number; readonly bytes: number };

/**
 * An index of the log by target. It is in memory, so that publishing an event writes nothing but its
 * row, and is built again from the log when the object wakes.
 */
export class LogIndex {
  /** Ids by target, ascending. */
  readonly #ids = new Map<string, number[]>();
  /** By id, in the order of the log. */
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
   * The last event to remove so that half of `limit` remains. 0 if the log does not exceed `limit`.
   */
  surplus(limit: Extent): number {
    let [events, bytes, last] = [this.#entries.size, this.#bytes, 0];
    if (events <= limit.events && bytes <= limit.bytes) return last;
    for (const entry of this.#entries.values()) {
      const isEnough = events <= limit.events / 2 && bytes <= limit.bytes / 2;
      if (isEnough || events === 1) return last;
      [events, bytes, last] = [events - 1, bytes - entry.bytes, entry.id];
    }
    return last;
  }

  /** The number of events for any of these targets after `after`, up to `until`. */
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

  /** Removes the events up to `until`. */
  remove(until: number): void {
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

/** The index of the first number above `bound` in an ascending list. */
function firstAbove(ids: readonly number[], bound: number): number {
  let [low, high] = [0, ids.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ids[middle] ?? Infinity) > bound) high = middle;
    else low = middle + 1;
  }
  return low;
}
