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
export const REPLAY_LIMIT = 1_000;

/**
 * Plans what to repeat to a client that knows everything up to `from`.
 *
 * @param position The sequence of the last event of the stream; at least `from`.
 * @param kept What the log has of the stream: the last is at `position`.
 */
export function planReplay(position: number, kept: readonly number[], from: number): Replay {
  const missed = position - from;
  const count = Math.min(missed, kept.length, REPLAY_LIMIT);
  const lost = missed - count;
  return {
    from,
    gap: lost === 0 ? undefined : { fromSequence: from + 1, toSequence: from + lost },
    events: kept.slice(kept.length - count),
    sequence: from + lost + 1,
  };
}
