/** Milliseconds, bytes. */
const EVERY = 5_000;
const AFTER_BYTES = 65_536;

/**
 * Tells the hub how far events were received, so that it can judge a slow client: after 64 KiB of
 * events, and 5 s after one at the latest.
 */
export class Acknowledger {
  readonly #send: (sequence: number) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #bytes = 0;
  #sequence = 0;

  constructor(send: (sequence: number) => void) {
    this.#send = send;
  }

  received(sequence: number, bytes: number): void {
    this.#sequence = sequence;
    this.#bytes += bytes;
    if (this.#bytes >= AFTER_BYTES) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), EVERY);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #flush(): void {
    this.stop();
    this.#bytes = 0;
    this.#send(this.#sequence);
  }
}
