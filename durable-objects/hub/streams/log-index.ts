/** An event of the log, without what it says. */
export type LogEntry = {
  /** Counts up from 1 and is never used twice while a stream knows it. */
  readonly id: number;
  /** See `targetKey`. */
  readonly target: string;
  readonly eventId: string;
};

/**
 * Which events the log has, for whom. Held in memory, so that nothing but the event itself is
 * written when one is published; read from the log again when the object wakes.
 */
export class LogIndex {
  /** Ascending. */
  readonly #ids = new Map<string, number[]>();
  /** In the order of the log. */
  readonly #logIds = new Map<string, number>();

  add({ id, target, eventId }: LogEntry): void {
    const ids = this.#ids.get(target);
    if (ids === undefined) this.#ids.set(target, [id]);
    else ids.push(id);
    this.#logIds.set(eventId, id);
  }

  has(eventId: string): boolean {
    return this.#logIds.has(eventId);
  }

  get size(): number {
    return this.#logIds.size;
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
    for (const [eventId, id] of this.#logIds) {
      if (id > until) break;
      this.#logIds.delete(eventId);
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
