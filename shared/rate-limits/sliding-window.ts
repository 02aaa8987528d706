import type { Millis } from '../clock.ts';
import { fnv1a } from '../fnv1a.ts';

/** What one key has used. */
export type Usage = { current: number; readonly previous: number };

/** Keys beyond this many share {@link SHARED_COUNTERS} counters, so that memory stays bounded. */
const LARGEST_WINDOW = 20_000;
const SHARED_COUNTERS = 1_024;

/**
 * Counts per key in a sliding window, approximated from two fixed ones: the share of the previous
 * window that the sliding one still covers, plus the current window.
 *
 * The count is exact for a client that sends evenly. One that sends everything at the end of a window
 * may get up to half as much again within one length. Nothing here waits, so no other request comes
 * between `retryAfter` and `count()`.
 */
export class SlidingWindow {
  /** Requests per window. */
  readonly limit: number;
  readonly #length: Millis;
  readonly #capacity: number;
  #slot = -1;
  #current = new Map<string, Usage>();
  #previous = new Map<string, Usage>();

  constructor(limit: number, length: Millis, capacity = LARGEST_WINDOW) {
    this.limit = limit;
    this.#length = length;
    this.#capacity = capacity;
  }

  /** The usage of `key` in the window of `now`. */
  usage(key: string, now: Millis): Usage {
    this.#turn(Math.floor(now / this.#length));
    const counted = this.#current.get(key);
    if (counted !== undefined) return counted;
    const name = this.#current.size >= this.#capacity ? sharedCounter(key) : key;
    const used = this.#current.get(name);
    if (used !== undefined) return used;
    const usage = { current: 0, previous: this.#previous.get(name)?.current ?? 0 };
    this.#current.set(name, usage);
    return usage;
  }

  /** How long until one more request is admitted: 0 if it is now. */
  retryAfter({ current, previous }: Usage, now: Millis): Millis {
    const elapsed = (now % this.#length) / this.#length;
    if (previous * (1 - elapsed) + current + 1 <= this.limit) return 0;
    const room = this.limit - 1 - current;
    // It is admitted in this window once enough of the previous one has slid out, else in the next.
    const at = room >= 0 ? 1 - room / previous : 2 - Math.max(0, this.limit - 1) / current;
    return (at - elapsed) * this.#length;
  }

  /** How many keys are counted. */
  get size(): number {
    return this.#current.size + this.#previous.size;
  }

  #turn(slot: number): void {
    if (slot === this.#slot) return;
    this.#previous = slot === this.#slot + 1 ? this.#current : new Map();
    this.#current = new Map();
    this.#slot = slot;
  }
}

/** FNV-1a. It need only spread the keys evenly. */
const sharedCounter = (key: string): string => `#${fnv1a(key) % SHARED_COUNTERS}`;
