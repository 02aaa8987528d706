import * as z from 'zod';

export type Config = {
  /** Hubs per region. */
  readonly shards: number;
};

const Settings = z.object({ HUB_SHARDS: z.coerce.number().int().positive() });

/** @throws {TypeError} If a setting is missing or makes no sense; the message names it. */
export function readConfig(env: Pick<ConnectEnv, 'HUB_SHARDS'>): Config {
  const parsed = Settings.safeParse(env);
  if (!parsed.success) {
    throw new TypeError(`Cannot start connect: ${z.prettifyError(parsed.error)}`);
  }
  return { shards: parsed.data.HUB_SHARDS };
}
