import type { Clock } from '../clock.ts';
import type { RateLimit } from './rate-limit.ts';

export type FailureCount = {
  readonly limit: RateLimit;
  /** Whose failures they are. */
  readonly key: string;
  readonly clock: Clock;
  /** Whether what was thrown says that the credential was wrong. */
  readonly isFailure: (error: unknown) => boolean;
};

/**
 * Runs what judges a credential that nobody can guess, such as 256 random bits. Only wrong ones count, and
 * only wrong ones are refused once there were too many: a right one is served however often others behind
 * the same address, or in the same name, were wrong. What could be guessed, such as a password, must be
 * refused before it is looked at, and does not belong here.
 *
 * @throws {Problem} `RATE_LIMITED` in place of the failure, and what `judge` throws.
 */
export async function limitFailures<T>(
  { limit, key, clock, isFailure }: FailureCount,
  judge: () => Promise<T>,
): Promise<T> {
  try {
    return await judge();
  } catch (error) {
    if (isFailure(error)) limit.take(key, clock());
    throw error;
  }
}
