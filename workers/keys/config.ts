import {
  KEY_RING_SETTINGS,
  type KeyRingSettings,
  keyRingSettings,
  SIGNER_MAX_AGE,
} from '../../durable-objects/key-ring/key-ring-settings.ts';
import type { Millis } from '../../shared/clock.ts';
import { COMMON_SETTINGS } from '../../shared/common-settings.ts';
import { readSettings } from '../../shared/configuration.ts';

/** The settings, parsed once per isolate. */
export type Config = KeyRingSettings & {
  /** The largest age of the cached snapshot of a ring by which the signer still signs. */
  readonly signerMaxAge: Millis;
  /** The `client_id` of the deployment's own tokens. */
  readonly clientId: string;
};

export const SETTINGS = {
  ...KEY_RING_SETTINGS,
  FIRST_PARTY_CLIENT_ID: COMMON_SETTINGS.FIRST_PARTY_CLIENT_ID,
};

/**
 * Reads settings from the environment.
 *
 * @throws {ConfigurationError} If a setting is missing or out of range.
 */
export function parseConfig(env: object): Config {
  const all = readSettings(SETTINGS, env);
  return {
    ...keyRingSettings(all),
    signerMaxAge: SIGNER_MAX_AGE,
    clientId: all.FIRST_PARTY_CLIENT_ID,
  };
}
