import type * as z from 'zod';

/**
 * A setting is missing or wrong. The message names the setting, for the operator, and never holds its
 * value, which may be a secret.
 */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/**
 * Reads settings from an environment.
 *
 * @param schema - Its own messages must not repeat a value.
 * @throws {ConfigurationError} If a setting is missing or does not have the declared shape.
 */
export function readSettings<T>(schema: z.ZodType<T>, env: unknown): T {
  const parsed = schema.safeParse(env);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new ConfigurationError(`Cannot read configuration: ${faults.join('; ')}`);
}
