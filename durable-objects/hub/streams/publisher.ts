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

export type PublisherNeeds = {
  readonly table: () => StreamTable;
  readonly stores: PruneStores & { readonly log: Pick<LogStore, 'append'> };
  readonly transact: (write: () => void) => void;
  /** The largest size of the log. Beyond it, the older half is removed. */
  readonly logLimit: Extent;
  readonly compress: Compress;
  readonly clock: Clock;
};

/** A broadcast hub with one event a second needs 600 events. The storage of a hub may have 10 GB. */
export const LOG_LIMIT: Extent = { events: 50_000, bytes: 256 * 1_024 * 1_024 };

type Publication = {
  readonly event: OutboundEvent;
  readonly recipients: readonly LiveStream[];
  /** Absent where the event is ephemeral. */
  readonly entry: LogEntry | undefined;
};

/** Sends clients the events of services. */
export class Publisher {
  readonly #needs: PublisherNeeds;

  constructor(needs: PublisherNeeds) {
    this.#needs = needs;
  }

  /** Writes events to the log, all of them or none, and sends them [H46]. */
  publish(events: readonly ClientEvent[]): Published {
    const table = this.#needs.table();
    const publications = this.#prepare(table, events);
    const entries = publications.filter(({ entry }) => entry !== undefined);
    if (entries.length > 0) this.#append(table, entries);
    return publications.map(send).reduce(sum, NONE);
  }

  /** The events whose id is not in the log and that at least one stream receives. */
  #prepare({ log, streams, lastLog }: StreamTable, events: readonly ClientEvent[]): Publication[] {
    const seen = new Set<string>();
    const publications: Publication[] = [];
    for (const event of events) {
      const { eventId, latestKey } = event;
      const target = targetKey(event.target);
      if (!event.ephemeral && (log.has(eventId) || seen.has(eventId))) continue;
      const recipients = recipientsOf(event, target, streams);
      if (recipients.length === 0) continue;
      const frame = this.#needs.compress(frameOf(event));
      const id = lastLog + seen.size + 1;
      const entry = event.ephemeral ? undefined : { id, target, eventId, bytes: frame.length };
      if (entry !== undefined) seen.add(eventId);
      publications.push({ event: { frame, latestKey }, recipients, entry });
    }
    return publications;
  }

  #append(table: StreamTable, publications: readonly Publication[]): void {
    const { stores, transact, logLimit, clock } = this.#needs;
    const now = clock();
    transact(() => {
      for (const { entry, event } of publications) {
        if (entry !== undefined) stores.log.append(entry, event, now);
      }
    });
    for (const { entry } of publications) {
      if (entry === undefined) continue;
      table.log.add(entry);
      table.lastLog = entry.id;
    }
    const surplus = table.log.surplus(logLimit);
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
  const event = { ...payload, eventName, eventId, timestamp };
  return eventBytes(event, FIRST_SEQUENCE, newMessageId());
}

const NONE: Published = { delivered: 0, kept: 0 };

const sum = (a: Published, b: Published): Published => ({
  delivered: a.delivered + b.delivered,
  kept: a.kept + b.kept,
});

function send({ event, recipients, entry }: Publication): Published {
  const step = entry === undefined ? 0 : 1;
  const durability = entry === undefined ? 'ephemeral' : 'logged';
  let delivered = 0;
  for (const recipient of recipients) {
    recipient.position += step;
    const { connection, position } = recipient;
    if (connection === undefined) continue;
    if (deliverEvent(connection, event, position, durability)) delivered += 1;
  }
  return { delivered, kept: (recipients.length - delivered) * step };
}
