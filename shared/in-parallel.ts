/**
 * Does something with every item, and with at most `atOnce` of them at the same time.
 *
 * @returns The outcomes, in the order of the items.
 * @throws The first failure; by then every item has been tried.
 */
export async function inParallel<T, U>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<U>,
): Promise<readonly U[]> {
  const outcomes: PromiseSettledResult<U>[] = [];
  // All workers share one iterator, so each takes the next item that is left.
  const waiting = items.entries();
  const takeTurns = async () => {
    for (const [index, item] of waiting) {
      const [outcome] = await Promise.allSettled([work(item)]);
      outcomes[index] = outcome;
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, takeTurns));
  return outcomes.map(valueOf);
}

function valueOf<U>(outcome: PromiseSettledResult<U>): U {
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
}
