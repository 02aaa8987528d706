import type { LogStore } from './log-store.ts';
import type { Checkpoint } from './stream.ts';
import type { StreamStore } from './stream-store.ts';
import type { StreamTable } from './stream-table.ts';

export type PruneStores = {
  readonly streams: Pick<StreamStore, 'advance'>;
  readonly log: Pick<LogStore, 'forget'>;
};

/**
 * Removes the events of the log up to `until`. Streams that counted them keep their count. Call it
 * in a transaction.
 */
export function prune(table: StreamTable, stores: PruneStores, until: number): void {
  const checkpoints = passedBy(table, until);
  if (checkpoints.size > 0) stores.streams.advance(checkpoints);
  stores.log.forget(until);
  for (const [sessionId, checkpoint] of checkpoints) {
    const live = table.streams.get(sessionId);
    if (live !== undefined) live.stream = { ...live.stream, checkpoint };
  }
  table.log.forget(until);
}

/** The new checkpoints of the streams to which something up to `until` was told. */
function passedBy({ streams, log }: StreamTable, until: number): ReadonlyMap<string, Checkpoint> {
  const checkpoints = new Map<string, Checkpoint>();
  for (const [sessionId, { stream, targets }] of streams) {
    const { checkpoint } = stream;
    const passed = log.count(targets, checkpoint.log, until);
    if (passed === 0) continue;
    checkpoints.set(sessionId, { log: until, sequence: checkpoint.sequence + passed });
  }
  return checkpoints;
}
