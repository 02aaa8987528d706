import { QUEUE_SETTINGS } from '../../durable-objects/queue/queue-settings.ts';
import type { Bytes } from '../../shared/bytes.ts';
import { COMMON_SETTINGS } from '../../shared/common-settings.ts';
import { readSettings, wholeNumber } from '../../shared/configuration.ts';
import { SERVICE_GUID_SALT } from '../../shared/tokens/connect-salts.ts';

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
};

const { ISSUER, AUDIENCE, FIRST_PARTY_CLIENT_ID, OUTBOUND_LOOPBACK } = COMMON_SETTINGS;

export const SETTINGS = {
  ...QUEUE_SETTINGS,
  HUB_SHARDS: wholeNumber(1, 1_000_000),
  SERVICE_GUID_SALT,
  ISSUER,
  AUDIENCE,
  FIRST_PARTY_CLIENT_ID,
  OUTBOUND_LOOPBACK,
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
  };
}
