import type { Millis } from './clock.ts';

/**
 * Waits for `work`, but not longer than `limit`.
 *
 * @throws {Error} If the time is over. `work` itself goes on, and its outcome is lost.
 */
export async function within<T>(limit: Millis, work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const isOver = () => reject(new Error(`Cannot wait longer: ${limit} ms are over`));
    timer = setTimeout(isOver, limit);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    if (timer !== undefined) clearTimeout(timer);
  }
}
