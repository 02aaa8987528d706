import * as z from 'zod';

import { seconds } from '../../shared/clock.ts';
import type { QueueSettings } from './queue.ts';

/** The variables that the queue uses, as texts of `wrangler.toml`. */
export type QueueEnv = {
  readonly QUEUE_CAPACITY: string;
  readonly QUEUE_GRANT_SECONDS: string;
};

const Settings = z.object({
  QUEUE_CAPACITY: z.coerce.number().int().nonnegative(),
  QUEUE_GRANT_SECONDS: z.coerce.number().int().positive(),
});

/** @throws {TypeError} If a setting is not valid. The message names it. */
export function readSettings(env: QueueEnv): QueueSettings {
  const parsed = Settings.safeParse(env);
  if (!parsed.success) throw new TypeError(`Cannot queue: ${z.prettifyError(parsed.error)}`);
  const { QUEUE_CAPACITY: capacity, QUEUE_GRANT_SECONDS } = parsed.data;
  return { capacity, grantLife: seconds(QUEUE_GRANT_SECONDS) };
}
