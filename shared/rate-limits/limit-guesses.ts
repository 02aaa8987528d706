import type { Millis } from '../clock.ts';
import type { Result } from '../result.ts';
import { type RateLimit, takeBack } from './rate-limit.ts';

/**
 * Runs what looks at a guess that somebody might get right, such as a password. It counts before it is
 * looked at, so that many at once are no way around the limit, and is taken back if it was right or could
 * not be judged. Once too many were wrong, a right one is refused as well.
 *
 * @throws {Problem} `RATE_LIMITED`, and what `look` throws.
 */
export async function limitGuesses<T, E>(
  limit: RateLimit,
  key: string,
  now: Millis,
  look: () => Promise<Result<T, E>>,
): Promise<Result<T, E>> {
  const usage = limit.take(key, now);
  let isWrong = false;
  try {
    const looked = await look();
    isWrong = !looked.ok;
    return looked;
  } finally {
    if (!isWrong) takeBack(usage);
  }
}
