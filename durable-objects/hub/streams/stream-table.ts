import type { Millis } from '../../../shared/clock.ts';
import type { EventRecipient } from '../connections/outbox.ts';
import { LogIndex } from './log-index.ts';
import type { LogStore } from './log-store.ts';
import { type Checkpoint, positionOf, type Stream, targetsOf } from './stream.ts';
import type { StreamStore } from './stream-store.ts';

/** A stream in memory: what is stored, and what follows from it. */
export type LiveStream = {
  stream: Stream;
  targets: ReadonlySet<string>;
  /** The sequence of its last event. */
  position: number;
  /** Absent while it is lost. */
  connection: EventRecipient | undefined;
};

/** All streams of a hub, and what its log has. A cache: SQLite is the truth. */
export type StreamTable = {
  readonly log: LogIndex;
  /** By session. */
  readonly streams: Map<string, LiveStream>;
  /** The last event of the log. */
  lastLog: number;
};

export type Awoken = {
  readonly table: StreamTable;
  /** Streams that were found without their connections. */
  readonly orphans: readonly Stream[];
};

/**
 * Reads everything again after the object woke. A stream whose connection is not among
 * `connections` lost it unnoticed, such as when the process was killed: it is lost from now on.
 */
export function readTable(
  streamStore: StreamStore,
  logStore: LogStore,
  connections: Iterable<EventRecipient>,
  now: Millis,
): Awoken {
  const log = new LogIndex();
  const entries = logStore.entries();
  for (const entry of entries) log.add(entry);
  const open = new Map([...connections].map((one) => [one.state.connectionId, one]));
  const streams = streamStore.all().map((stream) => live(stream, log, open));
  const table = {
    log,
    streams: new Map(streams.map((one) => [one.stream.principal.sessionId, one])),
    lastLog: lastOf(entries.at(-1)?.id ?? 0, streams),
  };
  return { table, orphans: loseOrphans(table, streamStore, now) };
}

function live(
  stream: Stream,
  log: LogIndex,
  open: ReadonlyMap<string, EventRecipient>,
): LiveStream {
  return {
    stream,
    targets: targetsOf(stream.principal),
    position: positionOf(stream, log),
    connection: stream.lost === null ? open.get(stream.connectionId) : undefined,
  };
}

/** The log may be empty: no number that a stream knows may come again. */
const lastOf = (logged: number, streams: readonly LiveStream[]): number =>
  streams.reduce(
    (last, { stream }) => Math.max(last, stream.firstLog, stream.checkpoint.log),
    logged,
  );

function loseOrphans({ streams }: StreamTable, store: StreamStore, now: Millis): readonly Stream[] {
  const orphans = [...streams.values()].filter(
    ({ stream, connection }) => stream.lost === null && connection === undefined,
  );
  const positions = orphans.map(
    ({ stream, position }) => [stream.principal.sessionId, position] as const,
  );
  if (orphans.length > 0) store.lose(new Map(positions), now);
  for (const orphan of orphans) {
    orphan.stream = { ...orphan.stream, lost: { at: now, sequence: orphan.position } };
  }
  return orphans.map(({ stream }) => stream);
}

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
