import type { LoadResult } from './load/plan.ts';
import type { RowKey } from './row-key.ts';

export type Sample = LoadResult & {
  /** The server's processor time per answer in microseconds, where the system reports it. */
  readonly serverMicros: number | undefined;
};

/** The samples of each row, one per round. */
export type Samples = ReadonlyMap<RowKey, readonly Sample[]>;
