/**
 * Finds the declared name that a misspelt one was meant to be. Names of less than six letters, such as
 * `HOST`, have too many neighbours to tell.
 */
export function nearestName(name: string, declared: readonly string[]): string | undefined {
  const near = declared
    .filter((one) => one.length >= SHORTEST)
    .map((one) => ({ one, distance: distance(name.toUpperCase(), one) }))
    .filter(({ one, distance }) => distance <= (one.length < LONG ? 1 : 2))
    .toSorted((a, b) => a.distance - b.distance);
  return near[0]?.one;
}

const SHORTEST = 6;
/** Names of this length may have two wrong letters. */
const LONG = 10;

/** The edits that make one text of the other, where exchanging two neighbours is one edit. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return Number.POSITIVE_INFINITY;
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const next = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const isSame = a[row - 1] === b[column - 1];
      const isExchanged = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      next[column] = Math.min(
        (next[column - 1] ?? 0) + 1,
        (last[column] ?? 0) + 1,
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
        isExchanged ? (beforeLast[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    beforeLast = last;
    last = next;
  }
  return last[b.length] ?? 0;
}
