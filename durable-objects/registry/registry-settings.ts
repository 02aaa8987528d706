import { readSettings, wholeNumber } from '../../shared/configuration.ts';
import { budgetFor, MOST_SERVICES, type OwnerBudget } from './registry.ts';

/** The settings that the registry uses, as texts of `wrangler.toml`. */
export type RegistrySettingsEnv = Readonly<Record<keyof typeof REGISTRY_SETTINGS, string>>;

export const REGISTRY_SETTINGS = { SERVICES_PER_CLIENT: wholeNumber(1, MOST_SERVICES) };

/** @throws {ConfigurationError} If a setting is not valid. The message names it. */
export const readOwnerBudget = (env: RegistrySettingsEnv): OwnerBudget =>
  budgetFor(readSettings(REGISTRY_SETTINGS, env).SERVICES_PER_CLIENT);
