/**
 * The statistics of a benchmark. They are medians, so that one disturbed round does not change a result.
 *
 * @module
 */

/** @throws {RangeError} If there is no value. */
export function median(values: readonly number[]): number {
  return quantile(values.toSorted(ascending), 0.5);
}

/**
 * The smallest value that at least `q` of all values do not exceed (nearest rank); for the median of
 * an even number of values, the mean of the middle two.
 *
 * @param sorted In ascending order.
 * @throws {RangeError} If there is no value.
 */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  const rank = Math.max(1, Math.ceil(q * sorted.length));
  const value = sorted[rank - 1];
  if (value === undefined) throw new RangeError('Cannot take a quantile: there is no value');
  const next = sorted[rank];
  return q === 0.5 && sorted.length % 2 === 0 && next !== undefined ? (value + next) / 2 : value;
}

export type Spread = { readonly median: number; readonly min: number; readonly max: number };

/** @throws {RangeError} If there is no value. */
export function spread(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/**
 * Divides round by round, so that a round in which the machine is slow does not change the ratio.
 *
 * @throws {RangeError} If the series differ in length, or are empty.
 */
export function pairedRatio(above: readonly number[], below: readonly number[]): Spread {
  if (above.length !== below.length) {
    throw new RangeError(`Cannot pair rounds: ${above.length} and ${below.length}`);
  }
  return spread(above.map((value, round) => value / (below[round] ?? Number.NaN)));
}

export const ascending = (a: number, b: number): number => a - b;
