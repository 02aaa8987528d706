import { seconds } from '../../shared/clock.ts';
import { optional, readSettings, wholeNumber } from '../../shared/configuration.ts';
import type { QueueSettings } from './queue.ts';

/** The settings that the queue uses, as they stand in `wrangler.toml`. */
export type QueueEnv = Readonly<Record<keyof typeof QUEUE_SETTINGS, string>>;

export const QUEUE_SETTINGS = {
  QUEUE_CAPACITY: optional(wholeNumber(0, 1_000_000_000)),
  QUEUE_GRANT_SECONDS: wholeNumber(1, 86_400),
};

/** @throws {ConfigurationError} If a setting makes no sense; the message names it. */
export function readQueueSettings(env: QueueEnv): QueueSettings {
  const { QUEUE_CAPACITY, QUEUE_GRANT_SECONDS } = readSettings(QUEUE_SETTINGS, env);
  return { capacity: QUEUE_CAPACITY ?? 0, grantLife: seconds(QUEUE_GRANT_SECONDS) };
}
