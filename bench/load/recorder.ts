import { ascending, quantile } from '../stats.ts';
import type { LoadResult } from './plan.ts';

/** Counts answers, and records the latencies of those within the measured time. */
export class Recorder {
  readonly #from: number;
  #until: number;
  readonly #latencies: number[] = [];
  readonly #lateness: number[] = [];
  readonly #refused: Record<string, number> = {};
  #answered = 0;
  #lost = 0;

  /** Both in milliseconds, by the clock of the other methods' times. */
  constructor(from: number, until: number) {
    this.#from = from;
    this.#until = until;
  }

  sent(due: number, now: number): void {
    if (this.#measures(now)) this.#lateness.push(now - due);
  }

  answered(status: number, due: number, now: number): void {
    this.#answered += 1;
    if (status < 200 || status > 299) this.#refused[status] = (this.#refused[status] ?? 0) + 1;
    if (this.#measures(now)) this.#latencies.push(now - due);
  }

  lost(requests: number): void {
    this.#lost += requests;
  }

  /** Ends the measured time early, because the requests are used up. */
  end(now: number): void {
    this.#until = now;
  }

  summary(): Omit<LoadResult, 'generatorBusy' | 'tokens'> {
    const sorted = this.#latencies.toSorted(ascending);
    return {
      perSecond: (sorted.length * 1_000) / Math.max(1, this.#until - this.#from),
      answered: this.#answered,
      refused: this.#refused,
      lost: this.#lost,
      p50: micros(sorted, 0.5),
      p99: micros(sorted, 0.99),
      lateP99: micros(this.#lateness.toSorted(ascending), 0.99),
    };
  }

  #measures(now: number): boolean {
    return now >= this.#from && now < this.#until;
  }
}

const micros = (sorted: readonly number[], q: number): number =>
  sorted.length === 0 ? 0 : quantile(sorted, q) * 1_000;
