/** Milliseconds. A `Date` header has whole seconds, and an answer takes time to arrive. */
const PRECISION = 2_000;

/**
 * An estimate of the server's time. Token expiry is compared with it, so that a device stays signed
 * in when its clock is wrong, or is set while the application runs.
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

  /** @param shown The server's time just now: a `Date` header or an RFC 3339 time. */
  observe(shown: string | null | undefined): void {
    const time = Date.parse(shown ?? '');
    if (Number.isNaN(time)) return;
    this.#hasObserved = true;
    if (Math.abs(time - this.now()) > PRECISION) this.#skew = time - this.#local();
  }

  /** Uses the skew of an earlier run until this run has observed the server's time. */
  restore(skew: number): void {
    if (!this.#hasObserved) this.#skew = skew;
  }
}
