import type { Clock } from '../../../shared/clock.ts';
import { type RateWindow, rolled } from './rate-window.ts';

/**
 * What sessions sent whose connections are gone, so that nobody gets a new minute by connecting
 * again. In memory only: a hub that sleeps has not been overrun for a while.
 */
export class Rates {
  readonly #clock: Clock;
  /** The one that was kept last is last. */
  readonly #kept = new Map<string, RateWindow>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  keep(sessionId: string, rate: RateWindow): void {
    this.#kept.delete(sessionId);
    this.#kept.set(sessionId, rate);
    for (const [oldest, kept] of this.#kept) {
      if (!this.#isOver(kept)) break;
      this.#kept.delete(oldest);
    }
  }

  of(sessionId: string): RateWindow | undefined {
    return this.#kept.get(sessionId);
  }

  /** Whether nothing of it lies in the last minute. */
  #isOver(rate: RateWindow): boolean {
    const { count, previous, refused } = rolled(rate, this.#clock());
    return count + previous + refused === 0;
  }
}
