import type { Bytes } from '../../shared/bytes.ts';
import { days, type Millis, seconds } from '../../shared/clock.ts';
import { KEY_32 } from '../../shared/common-settings.ts';
import { readSettings, type Values, wholeNumber } from '../../shared/configuration.ts';

/** How long a signer may use a key after the ring has replaced it. */
export const SIGNER_MAX_AGE: Millis = seconds(30);

export type KeyRingSettings = {
  /** Encrypts private keys. 32 bytes. */
  readonly keyEncryptionKey: Bytes;
  readonly rotationPeriod: Millis;
  /** How long a replaced key stays published. */
  readonly retention: Millis;
};

const LONGEST_SECONDS = 31_536_000;

export const KEY_RING_SETTINGS = {
  KEY_ENCRYPTION_KEY: KEY_32,
  ROTATION_DAYS: wholeNumber(1, 3_650),
  PREVIOUS_KEY_SECONDS: wholeNumber(1, LONGEST_SECONDS),
  LONGEST_TOKEN_SECONDS: wholeNumber(1, LONGEST_SECONDS),
};
export type KeyRingVariables = Readonly<Record<keyof typeof KEY_RING_SETTINGS, string>>;

/**
 * Reads the settings of a ring from the environment.
 *
 * @throws {ConfigurationError} If a setting is missing or out of range.
 */
export const parseKeyRingSettings = (env: KeyRingVariables): KeyRingSettings =>
  keyRingSettings(readSettings(KEY_RING_SETTINGS, env));

export function keyRingSettings(all: Values<typeof KEY_RING_SETTINGS>): KeyRingSettings {
  // A token may be signed by a signer's cached key that long after the rotation, and then lives on.
  const lastTokenDies = seconds(all.LONGEST_TOKEN_SECONDS) + SIGNER_MAX_AGE;
  return {
    keyEncryptionKey: all.KEY_ENCRYPTION_KEY,
    rotationPeriod: days(all.ROTATION_DAYS),
    retention: Math.max(seconds(all.PREVIOUS_KEY_SECONDS), lastTokenDies),
  };
}
