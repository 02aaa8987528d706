import { seconds } from '../../shared/clock.ts';
import { optional, readSettings, wholeNumber } from '../../shared/configuration.ts';
import type { QueueSettings } from './queue.ts';

/** The settings that the queue uses, as they stand in `wrangler.toml`. */
export type QueueEnv = Readonly<Record<keyof typeof QUEUE_SETTINGS, string>>;

export const QUEUE_SETTINGS = {
  QUEUE_CAPACITY: optional(wholeNumber(0, 1_000_000_000)),
  QUEUE_GRANT_SECONDS: wholeNumber(1, 86_400),
  QUEUE_PLACES_PER_USER: wholeNumber(1, 1_000_000_000),
};

/** @throws {ConfigurationError} If a setting makes no sense; the message names it. */
export function readQueueSettings(env: QueueEnv): QueueSettings {
  const all = readSettings(QUEUE_SETTINGS, env);
  return {
    capacity: all.QUEUE_CAPACITY ?? 0,
    grantLife: seconds(all.QUEUE_GRANT_SECONDS),
    perUser: all.QUEUE_PLACES_PER_USER,
  };
}
