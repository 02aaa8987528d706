import type { Clock, Millis } from '../../../shared/clock.ts';
import type { EventRecipient } from '../connections/outbox.ts';
import { type Compress, uncompressed } from '../frames/compression.ts';
import type { Extent } from './log-index.ts';
import { LogStore } from './log-store.ts';
import { Publisher } from './publisher.ts';
import type { Stream } from './stream.ts';
import { StreamStore } from './stream-store.ts';
import { readTable, type StreamTable } from './stream-table.ts';
import { Streams } from './streams.ts';

export type StreamParts = { readonly streams: Streams; readonly publisher: Publisher };

export type StreamsEnv = {
  readonly storage: DurableObjectStorage;
  readonly connections: () => Iterable<EventRecipient>;
  /** These lost their connections while the object was not there. */
  readonly onOrphans: (orphans: readonly Stream[]) => void;
  readonly window: Millis;
  readonly most?: Extent;
  readonly compress?: Compress;
  readonly clock: Clock;
};

/** A broadcast hub with an event a second needs 600; its storage may have 10 GB. */
const MOST: Extent = { events: 50_000, bytes: 256 * 1_024 * 1_024 };

/** Streams over the object's storage. Nothing is read before it is needed. */
export function wireStreams(env: StreamsEnv): StreamParts {
  const {
    storage,
    connections,
    onOrphans,
    window,
    most = MOST,
    compress = uncompressed,
    clock,
  } = env;
  const stores = { streams: new StreamStore(storage.sql), log: new LogStore(storage.sql) };
  let known: StreamTable | undefined;
  const table = (): StreamTable => {
    if (known !== undefined) return known;
    const { table: read, orphans } = readTable(stores.streams, stores.log, connections(), clock());
    known = read;
    if (orphans.length > 0) onOrphans(orphans);
    return read;
  };
  const transact = (write: () => void) => storage.transactionSync(write);
  return {
    streams: new Streams({ table, stores, transact, window, clock }),
    publisher: new Publisher({ table, stores, transact, most, compress, clock }),
  };
}
