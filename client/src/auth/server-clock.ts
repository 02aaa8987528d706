/** What a `Date` header can be wrong by: it has whole seconds, and the answer took a while. */
const PRECISION = 2_000;

/**
 * The server's time, as far as it was told: times of tokens are compared with this one, so that a
 * device whose clock is wrong, or is set while the application runs, stays signed in.
 */
export class ServerClock {
  readonly #local: () => number;
  #skew = 0;
  #hasObserved = false;

  /** @param local The device's own clock, in milliseconds since 1970. */
  constructor(local: () => number) {
    this.#local = local;
  }

  /** Milliseconds since 1970. */
  now(): number {
    return this.#local() + this.#skew;
  }

  /** How far the server's clock is ahead of this device's, in milliseconds. */
  get skew(): number {
    return this.#skew;
  }

  /** @param shown What the server's clock showed just now: a `Date` header or an RFC 3339 time. */
  observe(shown: string | null | undefined): void {
    const time = Date.parse(shown ?? '');
    if (Number.isNaN(time)) return;
    this.#hasObserved = true;
    if (Math.abs(time - this.now()) > PRECISION) this.#skew = time - this.#local();
  }

  /** Takes up what an earlier run had learnt, as long as this one has learnt nothing. */
  restore(skew: number): void {
    if (!this.#hasObserved) this.#skew = skew;
  }
}
