import type { LoadResult } from './load/plan.ts';
import type { RowKey } from './row-key.ts';

export type Sample = LoadResult & {
  /** Processor time of the server per answer, microseconds; where the system tells. */
  readonly serverMicros: number | undefined;
};

/** Of each row, one sample a round. */
export type Samples = ReadonlyMap<RowKey, readonly Sample[]>;
