import type { Millis } from '../../../shared/clock.ts';

/** Ends a call: when its time is up, or when it is cancelled. Dispose of it when the call is over. */
export class Deadline implements Disposable {
  readonly signal: AbortSignal;
  readonly #timer: ReturnType<typeof setTimeout>;

  constructor(timeout: Millis, cancelled: AbortSignal | undefined) {
    const aborter = new AbortController();
    this.#timer = setTimeout(() => aborter.abort(), timeout);
    const { signal } = aborter;
    this.signal = cancelled === undefined ? signal : AbortSignal.any([cancelled, signal]);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
