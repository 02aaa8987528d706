import * as z from 'zod';

import { type Bytes, fromBase64Url } from '../../shared/bytes.ts';
import { days, type Millis, seconds } from '../../shared/clock.ts';
import { readSettings } from '../../shared/configuration.ts';

/** How long a signer may use a key after the ring has replaced it. */
export const SIGNER_MAX_AGE: Millis = seconds(30);

export type KeyRingSettings = {
  /** Encrypts private keys. 32 bytes. */
  readonly keyEncryptionKey: Bytes;
  readonly rotationPeriod: Millis;
  /** How long a replaced key stays published. */
  readonly retention: Millis;
};

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(min).max(max));

const key32 = z.string().transform((text, context): Bytes => {
  const bytes = fromBase64Url(text);
  if (bytes?.length === 32) return bytes;
  context.addIssue('must be 32 bytes in unpadded base64url');
  return z.NEVER;
});

const Variables = z.object({
  KEY_ENCRYPTION_KEY: key32,
  ROTATION_DAYS: wholeNumber(1, 3_650),
  PREVIOUS_KEY_SECONDS: wholeNumber(1, 31_536_000),
  LONGEST_TOKEN_SECONDS: wholeNumber(1, 31_536_000),
});
export type KeyRingVariables = z.input<typeof Variables>;

/**
 * Reads the settings of a ring from the environment.
 *
 * @throws {ConfigurationError} If a setting is missing or out of range.
 */
export function parseKeyRingSettings(env: KeyRingVariables): KeyRingSettings {
  const { KEY_ENCRYPTION_KEY, ROTATION_DAYS, PREVIOUS_KEY_SECONDS, LONGEST_TOKEN_SECONDS } =
    readSettings(Variables, env);
  // A signer may use its cached key for SIGNER_MAX_AGE after the rotation, and the token then lives
  // on.
  const lastTokenDies = seconds(LONGEST_TOKEN_SECONDS) + SIGNER_MAX_AGE;
  return {
    keyEncryptionKey: KEY_ENCRYPTION_KEY,
    rotationPeriod: days(ROTATION_DAYS),
    retention: Math.max(seconds(PREVIOUS_KEY_SECONDS), lastTokenDies),
  };
}
