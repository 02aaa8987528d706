import type { LoadResult } from './load/plan.ts';
import type { RowKey } from './row-key.ts';

export type Sample = LoadResult & {
  /** Processor time of the server per answer, microseconds; where the system tells. */
  readonly serverMicros: number | undefined;
  /** How many measurements were thrown away before this one, because the machine stood still. */
  readonly repeats: number;
};

/** Of each row, one sample a round. */
export type Samples = ReadonlyMap<RowKey, readonly Sample[]>;

/** Microseconds. A sample in which the generator stood still for longer proves nothing. */
export const STALL = 5_000;
