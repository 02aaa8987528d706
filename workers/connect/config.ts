import * as z from 'zod';

export type Config = {
  /** Hubs per region. */
  readonly shards: number;
  /** Seats of the admission queue. 0: there is no queue. */
  readonly queueCapacity: number;
  readonly grantSeconds: number;
};

const positive = z.coerce.number().int().positive();

const Settings = z.object({
  HUB_SHARDS: positive,
  QUEUE_CAPACITY: z.coerce.number().int().nonnegative(),
  QUEUE_GRANT_SECONDS: positive,
});

export type ConfigEnv = Pick<ConnectEnv, keyof z.input<typeof Settings>>;

/** @throws {TypeError} If a setting is missing or makes no sense; the message names it. */
export function readConfig(env: ConfigEnv): Config {
  const parsed = Settings.safeParse(env);
  if (!parsed.success) {
    throw new TypeError(`Cannot start connect: ${z.prettifyError(parsed.error)}`);
  }
  return {
    shards: parsed.data.HUB_SHARDS,
    queueCapacity: parsed.data.QUEUE_CAPACITY,
    grantSeconds: parsed.data.QUEUE_GRANT_SECONDS,
  };
}
