import type { Extent, LogIndex } from './log-index.ts';

/** Events that a client missed and cannot get any more. Both ends belong to it. */
export type Gap = { readonly fromSequence: number; readonly toSequence: number };

/** What a client that comes back gets. */
export type Replay = {
  /** The last sequence that it knows: the manifest repeats it. */
  readonly from: number;
  readonly gap: Gap | undefined;
  /** Events of the log, oldest first, and the sequence of the first. */
  readonly events: readonly number[];
  readonly sequence: number;
};

/** A client that missed more gets the newest, and a gap. */
const MOST: Extent = { events: 1_000, bytes: 16 * 1_024 * 1_024 };

/**
 * Plans what to repeat to a client that knows everything up to `from`.
 *
 * @param position The sequence of the last event of the stream; at least `from`.
 * @param kept What the log has of the stream: the last is at `position`.
 */
export function planReplay(
  position: number,
  kept: readonly number[],
  from: number,
  log: Pick<LogIndex, 'bytesOf'>,
): Replay {
  const missed = position - from;
  const events = newest(missed === 0 ? [] : kept.slice(-missed), log);
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
  while (count < Math.min(events.length, MOST.events)) {
    bytes += log.bytesOf(events.at(-1 - count) ?? 0);
    if (bytes > MOST.bytes) break;
    count += 1;
  }
  return events.slice(events.length - count);
}

/** An event of the log, and its sequence in one stream. */
export type Numbered = { readonly id: number; readonly sequence: number };

/**
 * What of a replay a client needs that is behind: not the events that a later one of their key
 * replaces.
 *
 * @param keys The latest key of each event that has one.
 */
export function withoutSuperseded(
  { events, sequence }: Pick<Replay, 'events' | 'sequence'>,
  keys: ReadonlyMap<number, string>,
): readonly Numbered[] {
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
