import * as z from 'zod';

import type { Bytes } from '../../shared/bytes.ts';
import { readSettings } from '../../shared/configuration.ts';
import { readConnectSalts } from '../../shared/tokens/connect-salts.ts';
import {
  rateLimitScaleSetting,
  rateLimitSetting,
  scaledLimit,
} from '../kit/rate-limit-settings.ts';

/** Settings, parsed once per isolate. Strings never travel past this file. */
export type Config = {
  readonly hubsPerRegion: number;
  /** The newest first. */
  readonly salts: readonly Bytes[];
  readonly issuer: string;
  /** `aud` of our own access tokens. */
  readonly audience: string;
  /** `client_id` of our own tokens. */
  readonly clientId: string;
  /** Whether registered services may be on this machine. */
  readonly allowLoopback: boolean;
  /** Seats of the admission queue. 0: there is no queue. */
  readonly queueCapacity: number;
  /** How long a session that was admitted may take to connect. */
  readonly grantSeconds: number;
  /** Tickets and reconnection tokens that are not valid, a minute, from one address. */
  readonly ticketFailures: number;
};

const positive = z.coerce.number().int().positive();

const Settings = z.object({
  HUB_SHARDS: positive,
  SERVICE_GUID_SALT: z.string().transform((text, context) => {
    const salts = readConnectSalts(text);
    if (salts === undefined) context.addIssue('must be 16 bytes or more in base64url, each');
    return salts ?? [];
  }),
  ISSUER: z.url(),
  AUDIENCE: z.string(),
  FIRST_PARTY_CLIENT_ID: z.string().min(1),
  OUTBOUND_LOOPBACK: z.enum(['off', 'on']),
  QUEUE_CAPACITY: z.coerce.number().int().nonnegative(),
  QUEUE_GRANT_SECONDS: positive,
  RATE_LIMIT_SCALE: rateLimitScaleSetting,
  RATE_LIMIT_TICKET_FAILURES: rateLimitSetting,
});

/**
 * Reads settings from the environment.
 *
 * @throws {ConfigurationError} If one is missing or out of range.
 */
export function parseConfig(env: ConnectEnv): Config {
  const settings = readSettings(Settings, env);
  return {
    hubsPerRegion: settings.HUB_SHARDS,
    salts: settings.SERVICE_GUID_SALT,
    issuer: settings.ISSUER,
    audience: settings.AUDIENCE || settings.ISSUER,
    clientId: settings.FIRST_PARTY_CLIENT_ID,
    allowLoopback: settings.OUTBOUND_LOOPBACK === 'on',
    queueCapacity: settings.QUEUE_CAPACITY,
    grantSeconds: settings.QUEUE_GRANT_SECONDS,
    ticketFailures: scaledLimit(settings.RATE_LIMIT_TICKET_FAILURES, settings.RATE_LIMIT_SCALE),
  };
}
