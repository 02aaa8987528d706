/**
 * The times at which requests are due, which are a Poisson process, as of independent clients. The same
 * seed gives the same times, so that every contestant gets the same bursts.
 *
 * @module
 */

/** Yields milliseconds from the start, ascending, without end. */
export function* poissonArrivals(perSecond: number, seed: number): Generator<number, never> {
  const random = mulberry32(seed);
  for (let at = 0; ; ) {
    at -= (Math.log(1 - random()) * 1_000) / perSecond;
    yield at;
  }
}

/** A pseudo-random generator of numbers in [0, 1), which is not secure. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
