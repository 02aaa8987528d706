import * as z from 'zod';

import type { Bytes } from '../../shared/bytes.ts';
import { readConnectSalts } from '../../shared/tokens/connect-salts.ts';

export type Config = {
  /** Hubs per region. */
  readonly shards: number;
  /** The newest first. */
  readonly salts: readonly Bytes[];
  readonly issuer: string;
  /** `aud` of our own access tokens. */
  readonly audience: string;
  /** `client_id` of our own tokens. */
  readonly ownClientId: string;
  /** Whether registered services may be on this machine. */
  readonly allowLoopback: boolean;
  /** Seats of the admission queue. 0: there is no queue. */
  readonly queueCapacity: number;
  readonly grantSeconds: number;
};

const positive = z.coerce.number().int().positive();

const Settings = z.object({
  HUB_SHARDS: positive,
  SERVICE_GUID_SALT: z.string().transform((text, context) => {
    const salts = readConnectSalts(text);
    if (salts === undefined) context.addIssue('16 bytes or more in base64url, each');
    return salts ?? [];
  }),
  ISSUER: z.url(),
  AUDIENCE: z.string(),
  FIRST_PARTY_CLIENT_ID: z.string().min(1),
  OUTBOUND_LOOPBACK: z.enum(['off', 'on']),
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
  const { data } = parsed;
  return {
    shards: data.HUB_SHARDS,
    salts: data.SERVICE_GUID_SALT,
    issuer: data.ISSUER,
    audience: data.AUDIENCE || data.ISSUER,
    ownClientId: data.FIRST_PARTY_CLIENT_ID,
    allowLoopback: data.OUTBOUND_LOOPBACK === 'on',
    queueCapacity: data.QUEUE_CAPACITY,
    grantSeconds: data.QUEUE_GRANT_SECONDS,
  };
}
