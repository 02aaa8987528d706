import type { Clock, Millis } from '../../../shared/clock.ts';
import { LogStore } from './log-store.ts';
import { Publisher } from './publisher.ts';
import { StreamStore } from './stream-store.ts';
import { type Listener, readTable, type StreamTable } from './stream-table.ts';
import { Streams } from './streams.ts';

export type StreamParts = { readonly streams: Streams; readonly publisher: Publisher };

/** Streams over the object's storage. Nothing is read before it is needed. */
export function wireStreams(
  storage: DurableObjectStorage,
  connections: () => Iterable<Listener>,
  window: Millis,
  clock: Clock,
): StreamParts {
  const stores = { streams: new StreamStore(storage.sql), log: new LogStore(storage.sql) };
  let read: StreamTable | undefined;
  const table = () => (read ??= readTable(stores.streams, stores.log, connections(), clock()));
  const transact = (write: () => void) => storage.transactionSync(write);
  return {
    streams: new Streams({ table, stores, transact, window, clock }),
    publisher: new Publisher({ table, stores, transact, clock }),
  };
}
