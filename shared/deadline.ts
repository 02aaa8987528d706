import type { Millis } from './clock.ts';

/**
 * Waits for `work`, but not longer than `limit`.
 *
 * @throws {Error} If the time is over. `work` continues, and its outcome is lost.
 */
export async function within<T>(limit: Millis, work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`Cannot wait longer: ${limit} ms are over`)),
    limit,
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
