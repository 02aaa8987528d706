import type { Extent, LogIndex } from './log-index.ts';

/** Missed events that the log no longer has. Both ends are included. */
export type Gap = { readonly fromSequence: number; readonly toSequence: number };

/** What is sent again to a client that missed events. */
export type Replay = {
  /** The last sequence that the client received. */
  readonly from: number;
  readonly gap: Gap | undefined;
  /** Ids of the log, the oldest first. */
  readonly events: readonly number[];
  /** The sequence of the first of them. */
  readonly sequence: number;
};

/** A client that missed more is sent the newest, and a gap for the rest. */
const REPLAY_LIMIT: Extent = { events: 1_000, bytes: 16 * 1_024 * 1_024 };

/**
 * Plans what to send again to a client that received everything up to `from`.
 *
 * @param position The sequence of the last event of the stream, at least `from`.
 * @param logged The stream's events in the log. The last is at `position`.
 */
export function planReplay(
  position: number,
  logged: readonly number[],
  from: number,
  log: Pick<LogIndex, 'bytesOf'>,
): Replay {
  const missed = position - from;
  const events = newest(missed === 0 ? [] : logged.slice(-missed), log);
  const lost = missed - events.length;
  return {
    from,
    gap: lost === 0 ? undefined : { fromSequence: from + 1, toSequence: from + lost },
    events,
    sequence: from + lost + 1,
  };
}

function newest(events: readonly number[], log: Pick<LogIndex, 'bytesOf'>): readonly number[] {
  let [count, bytes] = [0, 0];
  while (count < Math.min(events.length, REPLAY_LIMIT.events)) {
    bytes += log.bytesOf(events.at(-1 - count) ?? 0);
    if (bytes > REPLAY_LIMIT.bytes) break;
    count += 1;
  }
  return events.slice(events.length - count);
}

/** An event of the log and its sequence in one stream. */
export type NumberedEvent = { readonly id: number; readonly sequence: number };

/**
 * The events of a replay without those that a later event of the same key replaces: a client that is
 * behind needs only the latest of a key [H59].
 *
 * @param keys The latest key of each event that has one.
 */
export function withoutSuperseded(
  { events, sequence }: Pick<Replay, 'events' | 'sequence'>,
  keys: ReadonlyMap<number, string>,
): readonly NumberedEvent[] {
  const last = new Map<string, number>();
  for (const id of events) {
    const key = keys.get(id);
    if (key !== undefined) last.set(key, id);
  }
  return events
    .map((id, index) => ({ id, sequence: sequence + index }))
    .filter(({ id }) => {
      const key = keys.get(id);
      return key === undefined || last.get(key) === id;
    });
}
