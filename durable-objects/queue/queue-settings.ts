import * as z from 'zod';

import { seconds } from '../../shared/clock.ts';
import type { QueueSettings } from './queue.ts';

/** The settings that the queue uses, as they stand in `wrangler.toml`. */
export type QueueEnv = {
  readonly QUEUE_CAPACITY: string;
  readonly QUEUE_GRANT_SECONDS: string;
  readonly QUEUE_PLACES_PER_USER: string;
};

const Settings = z.object({
  QUEUE_CAPACITY: z.coerce.number().int().nonnegative(),
  QUEUE_GRANT_SECONDS: z.coerce.number().int().positive(),
  QUEUE_PLACES_PER_USER: z.coerce.number().int().positive(),
});

/** @throws {TypeError} If a setting makes no sense; the message names it. */
export function readSettings(env: QueueEnv): QueueSettings {
  const parsed = Settings.safeParse(env);
  if (!parsed.success) throw new TypeError(`Cannot queue: ${z.prettifyError(parsed.error)}`);
  const { QUEUE_CAPACITY: capacity, QUEUE_PLACES_PER_USER: perUser } = parsed.data;
  return { capacity, grantLife: seconds(parsed.data.QUEUE_GRANT_SECONDS), perUser };
}
