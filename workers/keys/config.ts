import {
  type KeyRingSettings,
  parseKeyRingSettings,
  SIGNER_MAX_AGE,
} from '../../durable-objects/key-ring/key-ring-settings.ts';
import type { Millis } from '../../shared/clock.ts';

/** Settings, parsed once per isolate. Strings never travel past this file. */
export type Config = KeyRingSettings & {
  /** How old the record may be by which a key in memory signs. */
  readonly signerMaxAge: Millis;
};

/**
 * Reads settings from the environment.
 *
 * @throws {Error} If a setting is missing or out of range. The message names it and never holds its
 *   value.
 */
export function parseConfig(env: KeysEnv): Config {
  return { ...parseKeyRingSettings(env), signerMaxAge: SIGNER_MAX_AGE };
}
