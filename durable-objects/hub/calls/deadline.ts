import { type Millis, seconds } from '../../../shared/clock.ts';

/** How long a service may take to answer a call [H31]. */
export const CALL_TIMEOUT = seconds(30);

/**
 * The end of a call: its signal is aborted when the time is up, or when the call is cancelled.
 * Dispose of it when the call is over.
 */
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
