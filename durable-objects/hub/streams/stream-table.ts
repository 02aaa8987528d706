import type { Clock, Millis } from '../../../shared/clock.ts';
import type { EventRecipient } from '../connections/outbox.ts';
import { LogIndex } from './log-index.ts';
import type { LogStore } from './log-store.ts';
import { type Checkpoint, positionOf, type Stream, targetsOf } from './stream.ts';
import type { StreamStore } from './stream-store.ts';

/** All streams of a hub and the index of its log. A cache: SQLite has the truth. */
export type StreamTable = {
  readonly log: LogIndex;
  /** By session. */
  readonly streams: Map<string, LiveStream>;
  /** The id of the last event of the log. */
  lastLog: number;
};

/** A stream in memory: what is stored of it, and what follows from that. */
export type LiveStream = {
  stream: Stream;
  targets: ReadonlySet<string>;
  /** The sequence of its last event. */
  position: number;
  /** Absent while the connection is lost. */
  connection: EventRecipient | undefined;
};

export type StreamTableNeeds = {
  readonly stores: {
    readonly streams: Pick<StreamStore, 'all' | 'lose'>;
    readonly log: Pick<LogStore, 'entries'>;
  };
  /** The open connections. */
  readonly connections: () => Iterable<EventRecipient>;
  /** Called with the streams whose connections were lost while the object was not in memory. */
  readonly onOrphans: (orphans: readonly Stream[]) => void;
  readonly clock: Clock;
};

/** Returns the table: restored when it is first asked for, and cached from then on. */
export function streamTable(needs: StreamTableNeeds): () => StreamTable {
  let cached: StreamTable | undefined;
  return () => {
    if (cached !== undefined) return cached;
    const { table, orphans } = restoreTable(needs);
    // Set before `onOrphans` is called, which may read the table.
    cached = table;
    if (orphans.length > 0) needs.onOrphans(orphans);
    return table;
  };
}

type RestoredTable = { readonly table: StreamTable; readonly orphans: readonly Stream[] };

/**
 * A stream whose connection is not among the open ones lost it without notice, such as when the
 * process was killed. It is lost from now on [H63].
 */
function restoreTable({ stores, connections, clock }: StreamTableNeeds): RestoredTable {
  const log = new LogIndex();
  const entries = stores.log.entries();
  for (const entry of entries) log.add(entry);
  const open = new Map([...connections()].map((one) => [one.state.connectionId, one]));
  const streams = stores.streams.all().map((stream) => toLiveStream(stream, log, open));
  const table = {
    log,
    streams: new Map(streams.map((one) => [one.stream.principal.sessionId, one])),
    lastLog: lastLogOf(entries.at(-1)?.id ?? 0, streams),
  };
  return { table, orphans: loseOrphans(table, stores.streams, clock()) };
}

function toLiveStream(
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

/** The log may be empty, and no id that a stream refers to may be used again. */
const lastLogOf = (logged: number, streams: readonly LiveStream[]): number =>
  streams.reduce(
    (last, { stream }) => Math.max(last, stream.firstLog, stream.checkpoint.log),
    logged,
  );

function loseOrphans(
  { streams }: StreamTable,
  store: Pick<StreamStore, 'lose'>,
  now: Millis,
): readonly Stream[] {
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
  readonly log: Pick<LogStore, 'remove'>;
};

/**
 * Removes the events of the log up to `until`. The streams that counted them keep their sequences.
 * Call it in a transaction.
 */
export function prune(table: StreamTable, stores: PruneStores, until: number): void {
  const checkpoints = checkpointsAt(table, until);
  if (checkpoints.size > 0) stores.streams.advance(checkpoints);
  stores.log.remove(until);
  for (const [sessionId, checkpoint] of checkpoints) {
    const live = table.streams.get(sessionId);
    if (live !== undefined) live.stream = { ...live.stream, checkpoint };
  }
  table.log.remove(until);
}

/** The new checkpoints of the streams that counted an event up to `until`. */
function checkpointsAt(
  { streams, log }: StreamTable,
  until: number,
): ReadonlyMap<string, Checkpoint> {
  const checkpoints = new Map<string, Checkpoint>();
  for (const [sessionId, { stream, targets }] of streams) {
    const { checkpoint } = stream;
    const passed = log.count(targets, checkpoint.log, until);
    if (passed === 0) continue;
    checkpoints.set(sessionId, { log: until, sequence: checkpoint.sequence + passed });
  }
  return checkpoints;
}
