import { QUEUE_SETTINGS } from '../../durable-objects/queue/queue-settings.ts';
import { REGISTRY_SETTINGS } from '../../durable-objects/registry/registry-settings.ts';
import type { Bytes } from '../../shared/bytes.ts';
import {
  COMMON_SETTINGS,
  RATE_LIMIT,
  RATE_LIMIT_SCALE,
  scaledLimit,
} from '../../shared/common-settings.ts';
import { readSettings, wholeNumber } from '../../shared/configuration.ts';
import { SERVICE_GUID_SALT } from '../../shared/tokens/connect-salts.ts';

/** The settings, parsed once per isolate. */
export type Config = {
  readonly hubsPerRegion: number;
  /** The salts of GUIDs and tokens, the newest first. */
  readonly salts: readonly Bytes[];
  readonly issuer: string;
  /** The `aud` of our own access tokens. */
  readonly audience: string;
  /** The `client_id` of our own tokens. */
  readonly clientId: string;
  /** Whether registered services may be on this machine. */
  readonly allowLoopback: boolean;
  /** The number of seats of the admission queue. With 0 there is no queue. */
  readonly queueCapacity: number;
  /** How long a session that was admitted may take to connect. */
  readonly grantSeconds: number;
  /** Tickets and reconnection tokens that are not valid, a minute, from one address. */
  readonly ticketFailures: number;
};

const { ISSUER, AUDIENCE, FIRST_PARTY_CLIENT_ID, OUTBOUND_LOOPBACK } = COMMON_SETTINGS;

export const SETTINGS = {
  ...QUEUE_SETTINGS,
  ...REGISTRY_SETTINGS,
  HUB_SHARDS: wholeNumber(1, 1_000_000),
  SERVICE_GUID_SALT,
  ISSUER,
  AUDIENCE,
  FIRST_PARTY_CLIENT_ID,
  OUTBOUND_LOOPBACK,
  RATE_LIMIT_SCALE,
  RATE_LIMIT_TICKET_FAILURES: RATE_LIMIT,
};

/**
 * Reads settings from the environment.
 *
 * @throws {ConfigurationError} If one is missing or out of range.
 */
export function parseConfig(env: object): Config {
  const settings = readSettings(SETTINGS, env);
  return {
    hubsPerRegion: settings.HUB_SHARDS,
    salts: settings.SERVICE_GUID_SALT,
    issuer: settings.ISSUER,
    audience: settings.AUDIENCE || settings.ISSUER,
    clientId: settings.FIRST_PARTY_CLIENT_ID,
    allowLoopback: settings.OUTBOUND_LOOPBACK === 'on',
    queueCapacity: settings.QUEUE_CAPACITY ?? 0,
    grantSeconds: settings.QUEUE_GRANT_SECONDS,
    ticketFailures: scaledLimit(settings.RATE_LIMIT_TICKET_FAILURES, settings.RATE_LIMIT_SCALE),
  };
}
