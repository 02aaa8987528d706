import { ageOf, type Clock, type Millis, seconds } from '../clock.ts';
import { within } from '../deadline.ts';
import type { Log } from '../telemetry/log.ts';

/** The functions of the runtime that a {@link Refresher} uses. */
export type RefresherRuntime = {
  readonly clock: Clock;
  readonly log: Log;
  readonly wait: (duration: Millis) => Promise<unknown>;
};

/** Keeps work alive after the response: a request's `ExecutionContext`. */
export type Background = { waitUntil(work: Promise<unknown>): void };

/**
 * The ages at which data are refreshed and discarded. Each is at least as large as the one before
 * it.
 */
export type Freshness = {
  /**
   * From this age on the data are refreshed in the background, while the answer uses the old ones.
   * A caller without a {@link Background} waits.
   */
  readonly refreshAfter: Millis;
  /** From this age on the answer waits for the refresh. */
  readonly waitAfter: Millis;
  /** From this age on the data are not used, even if the refresh failed. */
  readonly unusableAfter: Millis;
};

export type RefresherOptions = Freshness & {
  /** Names the data in the log, such as `edge.keys`. */
  readonly name: string;
  /** Fetches the data and replaces the old ones. */
  readonly load: () => Promise<void>;
};

const LOAD_LIMIT = seconds(2);
const RETRY_PAUSE = seconds(1);
/** How often a waiting request looks whether the load has ended, in milliseconds. */
const POLL = 10;

/**
 * Keeps one set of data fresh in the isolate, with one load at a time. It knows how old the data
 * are, and its caller stores them.
 *
 * The runtime forbids one request to await a promise of another. So a request that comes during a
 * load looks every {@link POLL} milliseconds, on a timer of its own, whether the load has ended.
 */
export class Refresher {
  readonly #options: RefresherOptions;
  readonly #runtime: RefresherRuntime;
  #loadedAt: Millis = -Infinity;
  #startedAt: Millis = -Infinity;
  #endedAt: Millis = -Infinity;
  /** The loads are numbered: how many began, and which is the newest whose data are used. */
  #started = 0;
  #loaded = 0;
  #ended = 0;
  #expired = 0;
  #running = false;
  #failure: unknown;

  constructor(options: RefresherOptions, runtime: RefresherRuntime) {
    this.#options = options;
    this.#runtime = runtime;
  }

  /**
   * Whether the data may be used without waiting. Starts a refresh in the background if one is due.
   *
   * @param background - Without it, data that are due for a refresh may not be used without
   *   waiting.
   */
  isUsable(now: Millis, background?: Background): boolean {
    const age = ageOf(this.#loadedAt, now);
    if (age < this.#options.refreshAfter) return true;
    if (age >= this.#options.waitAfter || background === undefined) return false;
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
  async ensureUsable(background?: Background): Promise<void> {
    if (this.isUsable(this.#runtime.clock(), background)) return;
    try {
      await this.refresh();
    } catch (error) {
      const age = ageOf(this.#loadedAt, this.#runtime.clock());
      if (age >= this.#options.unusableAfter) throw error;
    }
  }

  /** Makes the next use wait for a load that begins after this call. */
  expire(): void {
    this.#expired += 1;
    this.#loadedAt = -Infinity;
  }

  /** Whether the last load succeeded, less than `pause` ago. */
  succeededWithin(pause: Millis): boolean {
    return this.#failure === undefined && ageOf(this.#endedAt, this.#runtime.clock()) < pause;
  }

  /**
   * Loads now, or waits for the load that is under way. For a second after a failure it does not
   * load and throws the same failure.
   *
   * @throws The failure of the load.
   */
  async refresh(): Promise<void> {
    const seen = this.#ended;
    while (this.#isRunning(this.#runtime.clock())) {
      await this.#runtime.wait(POLL);
      if (this.#ended === seen) continue;
      // A load that began before `expire` was called does not count: this call loads once more.
      if (this.#failure !== undefined || this.#loadedAt !== -Infinity) return this.#outcome();
      break;
    }
    const now = this.#runtime.clock();
    if (this.#isPausing(now)) return this.#outcome();
    return this.#load(now);
  }

  /**
   * A load whose request was cancelled never ends, so it counts as running until the limit only.
   */
  #isRunning(now: Millis): boolean {
    return this.#running && ageOf(this.#startedAt, now) < LOAD_LIMIT;
  }

  #isPausing(now: Millis): boolean {
    return this.#failure !== undefined && ageOf(this.#endedAt, now) < RETRY_PAUSE;
  }

  #outcome(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #load(now: Millis): Promise<void> {
    const expired = this.#expired;
    this.#started += 1;
    const load = this.#started;
    this.#running = true;
    this.#startedAt = now;
    try {
      await within(LOAD_LIMIT, this.#options.load());
      this.#failure = undefined;
      // The age counts from the start of the load, because the data may have changed since. A load that
      // was given up may end after a later one.
      if (expired === this.#expired && load > this.#loaded) {
        this.#loaded = load;
        this.#loadedAt = now;
      }
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
