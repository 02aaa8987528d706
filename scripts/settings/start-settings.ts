/**
 * The settings of `npm start`: from the environment, and from `.dev.vars`, which the environment overrides.
 *
 * @module
 */

import { GENERATED } from '../local/dev-secrets.ts';
import { DEVELOPMENT, readStartSettings, type StartSettings } from '../local/start-settings.ts';
import { readWorkerFiles } from '../workers/worker-file.ts';
import { checkSettings } from './check-settings.ts';
import { developmentFile, environment as environmentSource } from './sources.ts';

export type CheckedStart = {
  readonly settings: StartSettings;
  /** The operator's values for any Worker's settings and secrets, by name. */
  readonly environment: Readonly<Record<string, string>>;
};

/** @throws {SettingsError} With every setting that is wrong or unknown. */
export async function checkStartSettings(): Promise<CheckedStart> {
  const environment = checkSettings({
    workers: await readWorkerFiles(),
    sources: [await developmentFile(), environmentSource()],
    readOwn: readStartSettings,
    defaults: { ISSUER: 'http://127.0.0.1:8787', ...DEVELOPMENT },
    elsewhere: () => [...GENERATED, 'DATABASE_URL'],
  });
  return { settings: readStartSettings(environment), environment };
}
