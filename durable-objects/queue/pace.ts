import { type Millis, seconds } from '../../shared/clock.ts';

const SAMPLES = 31;
/** Of fewer, the median says little. */
const LEAST = 3;

/** How fast the queue moves, from those who were admitted lately. An estimate: it may be forgotten. */
export class Pace {
  readonly #perPosition: Millis[] = [];

  /** Somebody was admitted who had waited from this position on. */
  record(waited: Millis, position: number): void {
    this.#perPosition.push(waited / position);
    if (this.#perPosition.length > SAMPLES) this.#perPosition.shift();
  }

  /** How long one has to wait at a position. `null`: too few were admitted to tell. */
  etaSeconds(position: number): number | null {
    if (this.#perPosition.length < LEAST) return null;
    const sorted = this.#perPosition.toSorted((a, b) => a - b);
    const median = sorted[sorted.length >>> 1] ?? 0;
    return Math.max(1, Math.ceil((position * median) / seconds(1)));
  }
}
