import type { Replay } from '../streams/replay.ts';

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
