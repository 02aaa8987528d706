import * as z from 'zod';

import {
  type KeyRingSettings,
  parseKeyRingSettings,
  SIGNER_MAX_AGE,
} from '../../durable-objects/key-ring/key-ring-settings.ts';
import type { Millis } from '../../shared/clock.ts';
import { readSettings } from '../../shared/configuration.ts';

/** The settings, parsed once per isolate. */
export type Config = KeyRingSettings & {
  /** The largest age of the cached snapshot of a ring by which the signer still signs. */
  readonly signerMaxAge: Millis;
  /** The `client_id` of the deployment's own tokens. */
  readonly clientId: string;
};

const Settings = z.object({ FIRST_PARTY_CLIENT_ID: z.string().min(1) });

/**
 * Reads settings from the environment.
 *
 * @throws {ConfigurationError} If a setting is missing or out of range.
 */
export function parseConfig(env: KeysEnv): Config {
  const { FIRST_PARTY_CLIENT_ID } = readSettings(Settings, env);
  return {
    ...parseKeyRingSettings(env),
    signerMaxAge: SIGNER_MAX_AGE,
    clientId: FIRST_PARTY_CLIENT_ID,
  };
}
