import { type Clock, type Millis, minutes, seconds } from '../../shared/clock.ts';
import { RememberedEntries } from './remembered-entries.ts';

/** How long a change takes to be seen by the isolates that did not make it. */
const FRESH = seconds(15);
/** How long what was there outlives the database's silence. What was not there is never made up. */
const GRACE = minutes(10);
/** A database that did not answer is not asked at once again: each request would wait for it. */
const QUIET = seconds(5);
const MAX_ENTRIES = 1_000;

/** Rows that this isolate looked up a moment ago. That there was none is not remembered. */
export class RememberedLookups<T> {
  readonly #clock: Clock;
  readonly #known: RememberedEntries<T>;
  #quietUntil: Millis = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#known = new RememberedEntries(clock, MAX_ENTRIES);
  }

  /** @throws What `read` throws, where nothing is known. */
  async find(key: string, read: () => Promise<T | undefined>): Promise<T | undefined> {
    const isQuiet = this.#clock() < this.#quietUntil;
    return this.#known.within(key, isQuiet ? GRACE : 0) ?? this.#read(key, read);
  }

  /** For whoever changed the row: it is read anew. */
  forget(key: string): void {
    this.#known.drop(key);
  }

  async #read(key: string, read: () => Promise<T | undefined>): Promise<T | undefined> {
    try {
      return await this.#known.fill(key, FRESH, read);
    } catch (error) {
      this.#quietUntil = this.#clock() + QUIET;
      const known = this.#known.within(key, GRACE);
      if (known === undefined) throw error;
      return known;
    }
  }
}
