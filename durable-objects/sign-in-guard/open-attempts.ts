import type { Clock, Millis } from '../../shared/clock.ts';

/** How long the check of a password may take until its attempt counts as a failure all the same. */
const LONGEST_CHECK: Millis = 5_000;
/** How many may wait at once. The object holds each of them in memory. */
const MAX_WAITING = 100;

/**
 * The attempts whose outcome has not been told yet. They are in memory only: after an eviction they count
 * as failures, as they are stored.
 */
export class OpenAttempts {
  readonly #clock: Clock;
  readonly #admittedAt = new Map<number, Millis>();
  #changed = Promise.withResolvers<void>();
  #waiting = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  readonly has = (attempt: number): boolean => {
    const at = this.#admittedAt.get(attempt);
    return at !== undefined && this.#clock() < at + LONGEST_CHECK;
  };

  add(attempt: number): void {
    for (const id of this.#admittedAt.keys()) if (!this.has(id)) this.#admittedAt.delete(id);
    this.#admittedAt.set(attempt, this.#clock());
  }

  /** The outcome of an attempt is known, or of all that a success removed. Whoever waits is woken. */
  settle(attempt?: number): void {
    if (attempt !== undefined) this.#admittedAt.delete(attempt);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /**
   * Waits until an outcome is told, or an attempt has been open for too long.
   *
   * @returns `false` at once if too many wait already.
   */
  async change(): Promise<boolean> {
    if (this.#waiting >= MAX_WAITING) return false;
    this.#waiting += 1;
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, this.#longestWait());
    try {
      await Promise.race([this.#changed.promise, late]);
      return true;
    } finally {
      clearTimeout(timer);
      this.#waiting -= 1;
    }
  }

  #longestWait(): Millis {
    const first = Math.min(
      ...[...this.#admittedAt].filter(([id]) => this.has(id)).map(([, at]) => at),
    );
    const left = first + LONGEST_CHECK - this.#clock();
    // A clock that was set back must not make anybody wait for longer.
    return Number.isFinite(left) ? Math.min(left, LONGEST_CHECK) : 0;
  }
}
