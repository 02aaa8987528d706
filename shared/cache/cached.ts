import type { Millis } from '../clock.ts';

/**
 * Makes a value once for the life of the isolate. Requests that come before the first result each
 * make their own, because the runtime forbids one request to await a promise of another. A failure
 * is not cached.
 */
export function cached<T>(make: () => Promise<T>): () => Promise<T> {
  const read = cachedUntil(make, () => Infinity);
  return () => read(0);
}

/**
 * Loads a value and uses it until it expires. Like {@link cached}, it shares results only, and
 * caches no failure.
 *
 * @param expiryOf - Returns when a value expires. A value that had expired already when it was
 *   requested is not cached.
 * @returns A function that takes the current time.
 */
export function cachedUntil<T>(
  load: (now: Millis) => Promise<T>,
  expiryOf: (value: T, requestedAt: Millis) => Millis,
): (now: Millis) => Promise<T> {
  let held: { readonly value: T; readonly until: Millis } | undefined;
  return async (now) => {
    if (held !== undefined && now < held.until) return held.value;
    const value = await load(now);
    held = { value, until: expiryOf(value, now) };
    return value;
  };
}
