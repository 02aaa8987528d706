/**
 * Counts the deliveries of the soak. Pure.
 *
 * @module
 */

/** An event as a client received it. */
export type Received = { readonly eventId: string; readonly sequence: number };

export type Tally = {
  /** The number of due deliveries. */
  readonly due: number;
  readonly lost: number;
  /** Deliveries beyond the first of an event to a client. */
  readonly doubled: number;
  /** Deliveries to a client that the event was not for. */
  readonly strayed: number;
  /** Events that came before an earlier one, or whose sequence did not grow by one. */
  readonly disordered: number;
};

export const NOTHING_DUE: Tally = { due: 0, lost: 0, doubled: 0, strayed: 0, disordered: 0 };

/**
 * Compares the events that one client received with those that were due.
 *
 * @param due The ids of the events for it, in the order of their publication.
 */
export function tallyClient(due: readonly string[], received: readonly Received[]): Tally {
  const places = new Map(due.map((eventId, place) => [eventId, place]));
  const seen = new Set<string>();
  let [doubled, strayed, disordered] = [0, 0, 0];
  let last = { place: -1, sequence: 1 };
  for (const { eventId, sequence } of received) {
    const place = places.get(eventId);
    if (place === undefined) strayed += 1;
    else if (seen.has(eventId)) doubled += 1;
    else {
      if (place < last.place || sequence !== last.sequence + 1) disordered += 1;
      seen.add(eventId);
      last = { place, sequence };
    }
  }
  return { due: due.length, lost: due.length - seen.size, doubled, strayed, disordered };
}

export const addTallies = (tallies: readonly Tally[]): Tally =>
  tallies.reduce(
    (sum, one) => ({
      due: sum.due + one.due,
      lost: sum.lost + one.lost,
      doubled: sum.doubled + one.doubled,
      strayed: sum.strayed + one.strayed,
      disordered: sum.disordered + one.disordered,
    }),
    NOTHING_DUE,
  );
