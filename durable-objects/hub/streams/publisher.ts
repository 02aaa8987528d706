import type { Bytes } from '../../../shared/bytes.ts';
import type { Clock } from '../../../shared/clock.ts';
import type { ClientEvent } from '../../../shared/contracts/connect/client-event.ts';
import type { Published } from '../../../shared/contracts/connect/hub-rpc.ts';
import { eventBytes } from '../../../shared/hub-protocol/event.ts';
import { newMessageId } from '../connections/control-events.ts';
import { deliverEvent, type OutboundEvent } from '../connections/outbox.ts';
import type { Compress } from '../frames/compression.ts';
import type { Extent, LogEntry } from './log-index.ts';
import type { LogStore } from './log-store.ts';
import { FIRST_SEQUENCE, targetKey } from './stream.ts';
import { type LiveStream, type PruneStores, prune, type StreamTable } from './stream-table.ts';

export type PublisherDeps = {
  readonly table: () => StreamTable;
  readonly stores: PruneStores & { readonly log: LogStore };
  readonly transact: (write: () => void) => void;
  /** How much the log may have. Beyond it, the older half goes. */
  readonly most: Extent;
  readonly compress: Compress;
  readonly clock: Clock;
};

type Dispatch = {
  readonly event: OutboundEvent;
  readonly recipients: readonly LiveStream[];
  /** Absent where the event is not kept. */
  readonly entry: LogEntry | undefined;
};

/** Tells clients what services have to say. */
export class Publisher {
  readonly #deps: PublisherDeps;

  constructor(deps: PublisherDeps) {
    this.#deps = deps;
  }

  /** Writes events to the log, all or none, and sends them. */
  publish(events: readonly ClientEvent[]): Published {
    const table = this.#deps.table();
    const dispatches = this.#prepare(table, events);
    const entries = dispatches.filter(({ entry }) => entry !== undefined);
    if (entries.length > 0) this.#append(table, entries);
    return dispatches.map(send).reduce(sum, NOBODY);
  }

  /** What is new, and for somebody. */
  #prepare({ log, streams, lastLog }: StreamTable, events: readonly ClientEvent[]): Dispatch[] {
    const seen = new Set<string>();
    const dispatches: Dispatch[] = [];
    for (const event of events) {
      const { eventId, latestKey } = event;
      const target = targetKey(event.target);
      if (!event.ephemeral && (log.has(eventId) || seen.has(eventId))) continue;
      const recipients = recipientsOf(event, target, streams);
      if (recipients.length === 0) continue;
      const frame = this.#deps.compress(frameOf(event));
      const id = lastLog + seen.size + 1;
      const entry = event.ephemeral ? undefined : { id, target, eventId, bytes: frame.length };
      if (entry !== undefined) seen.add(eventId);
      dispatches.push({ event: { frame, latestKey }, recipients, entry });
    }
    return dispatches;
  }

  #append(table: StreamTable, dispatches: readonly Dispatch[]): void {
    const { stores, transact, most, clock } = this.#deps;
    const now = clock();
    transact(() => {
      for (const { entry, event } of dispatches) {
        if (entry !== undefined) stores.log.append(entry, event, now);
      }
    });
    for (const { entry } of dispatches) {
      if (entry === undefined) continue;
      table.log.add(entry);
      table.lastLog = entry.id;
    }
    const surplus = table.log.surplus(most);
    if (surplus > 0) transact(() => prune(table, stores, surplus));
  }
}

function recipientsOf(
  { target }: ClientEvent,
  key: string,
  streams: StreamTable['streams'],
): readonly LiveStream[] {
  if (target === 'all' || !('session' in target)) {
    return [...streams.values()].filter(({ targets }) => targets.has(key));
  }
  const stream = streams.get(target.session);
  return stream === undefined ? [] : [stream];
}

function frameOf({ payload, eventName, eventId, timestamp }: ClientEvent): Bytes {
  const said = { ...payload, eventName, eventId, timestamp };
  return eventBytes(said, FIRST_SEQUENCE, newMessageId());
}

const NOBODY: Published = { delivered: 0, kept: 0 };

const sum = (a: Published, b: Published): Published => ({
  delivered: a.delivered + b.delivered,
  kept: a.kept + b.kept,
});

function send({ event, recipients, entry }: Dispatch): Published {
  const step = entry === undefined ? 0 : 1;
  const passing = entry === undefined ? 'passing' : undefined;
  let delivered = 0;
  for (const recipient of recipients) {
    recipient.position += step;
    const { connection, position } = recipient;
    if (connection !== undefined && deliverEvent(connection, event, position, passing))
      delivered += 1;
  }
  return { delivered, kept: (recipients.length - delivered) * step };
}
