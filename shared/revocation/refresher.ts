import { type Clock, type Millis, seconds } from '../clock.ts';
import { within } from '../deadline.ts';
import type { Log } from '../telemetry/log.ts';

/** The runtime, as far as fetched data need it. */
export type RefresherRuntime = {
  readonly clock: Clock;
  readonly log: Log;
  readonly wait: (duration: Millis) => Promise<unknown>;
};

/** Keeps work alive after the response: a request's `ExecutionContext`. */
export type Background = { waitUntil(work: Promise<unknown>): void };

/** What is done about data of some age. The three ages do not decrease. */
export type Freshness = {
  /** From this age on it is refreshed behind the answer. */
  readonly behindAfter: Millis;
  /** From this age on it is refreshed before the answer. */
  readonly beforeAfter: Millis;
  /** From this age on it is not used at all. */
  readonly unusableAfter: Millis;
};

export type RefresherOptions = Freshness & {
  /** For the log: who holds what, such as `edge.keys`. */
  readonly name: string;
  /** Fetches, and swaps in what was fetched. */
  readonly load: () => Promise<void>;
};

const LOAD_LIMIT = seconds(2);
const RETRY_PAUSE = seconds(1);
const POLL = 10;

/**
 * Keeps data of the isolate fresh, with one load at a time.
 *
 * A promise made in one request must not be awaited in another (the runtime forbids it), so others
 * do not wait for the load but look, on timers of their own, whether it has come to its end.
 */
export class Refresher {
  readonly #options: RefresherOptions;
  readonly #runtime: RefresherRuntime;
  #loadedAt: Millis = -Infinity;
  #startedAt: Millis = -Infinity;
  #endedAt: Millis = -Infinity;
  #ended = 0;
  #expired = 0;
  #running = false;
  #failure: unknown;

  constructor(options: RefresherOptions, runtime: RefresherRuntime) {
    this.#options = options;
    this.#runtime = runtime;
  }

  /** Whether the data may be used without waiting. Starts a refresh behind the answer if one is due. */
  isUsable(now: Millis, background: Background): boolean {
    const age = now - this.#loadedAt;
    if (age < this.#options.behindAfter) return true;
    if (age >= this.#options.beforeAfter) return false;
    if (!this.#isRunning(now) && !this.#isPausing(now)) {
      background.waitUntil(this.#load(now).catch(() => undefined));
    }
    return true;
  }

  /**
   * Waits until the data may be used.
   *
   * @throws The failure of the load, if the data are too old to be used without it.
   */
  async ensureUsable(background: Background): Promise<void> {
    if (this.isUsable(this.#runtime.clock(), background)) return;
    try {
      await this.refresh();
    } catch (error) {
      if (this.#runtime.clock() - this.#loadedAt >= this.#options.unusableAfter) throw error;
    }
  }

  /** Has the data loaded anew before they are used again, by a load that begins from now on. */
  expire(): void {
    this.#expired += 1;
    this.#loadedAt = -Infinity;
  }

  /** Whether a load came to its end, well or not, less than `pause` ago. */
  endedWithin(pause: Millis): boolean {
    return this.#runtime.clock() - this.#endedAt < pause;
  }

  /**
   * Loads now, or joins the load that is under way. After a failure it pauses for a second.
   *
   * @throws The failure of the load.
   */
  async refresh(): Promise<void> {
    const seen = this.#ended;
    while (this.#isRunning(this.#runtime.clock())) {
      await this.#runtime.wait(POLL);
      if (this.#ended === seen) continue;
      // It may have read before the data expired: then it counts for nothing.
      if (this.#failure !== undefined || this.#loadedAt !== -Infinity) return this.#outcome();
      break;
    }
    const now = this.#runtime.clock();
    if (this.#isPausing(now)) return this.#outcome();
    return this.#load(now);
  }

  /** A load whose request was cancelled never ends: after the limit it counts for nothing. */
  #isRunning(now: Millis): boolean {
    return this.#running && now - this.#startedAt < LOAD_LIMIT;
  }

  #isPausing(now: Millis): boolean {
    return this.#failure !== undefined && now - this.#endedAt < RETRY_PAUSE;
  }

  #outcome(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #load(now: Millis): Promise<void> {
    const expired = this.#expired;
    this.#running = true;
    this.#startedAt = now;
    try {
      await within(LOAD_LIMIT, this.#options.load());
      this.#failure = undefined;
      // What was fetched is at least as new as the moment of asking.
      if (expired === this.#expired) this.#loadedAt = Math.max(this.#loadedAt, now);
    } catch (error) {
      this.#failure = error ?? new Error('Cannot load: no reason was given');
      this.#runtime.log({
        event: `${this.#options.name}_unreachable`,
        level: 'warn',
        message: error instanceof Error ? `${error.name}: ${error.message}` : typeof error,
      });
      throw error;
    } finally {
      this.#running = false;
      this.#ended += 1;
      this.#endedAt = this.#runtime.clock();
    }
  }
}
