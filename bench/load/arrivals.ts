/**
 * Moments at which requests are due: a Poisson process, as independent clients make one. The same
 * seed gives the same moments, so every contestant meets the same bursts.
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

/** A small generator of numbers in [0, 1): not for secrets. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
